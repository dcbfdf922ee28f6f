"""How often a model is right by itself, the aligner not being heard: by one ballot, by most, corrected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgalign.vote import tally
from kgalign.vote.ballots import Numbers, Votes
from kgalign.vote.reliability import Strength


@dataclass(frozen=True)
class JudgeAccuracy:
    """Whether the model was right about each of some questions whose answer is known.

    Attributes:
        single: by its first ballot.
        most: by the option named most often; of several the chance to draw the right one.
        corrected: by the support without the preference for places.
    """

    single: Numbers
    most: Numbers
    corrected: Numbers


def judge_accuracy(
    votes: Votes,
    truth: NDArray[np.int64],
    preference: dict[int, Numbers],
    strength: Strength,
    rounds: int | None = None,
) -> JudgeAccuracy:
    """Judge the judge.

    Args:
        votes: its ballots; a question without any counts as answered wrongly.
        truth: the right option of each question.
        preference: see :func:`~kgalign.vote.tally.place_preference`.
        strength: what support is worth; of it, only how readily "none of these" is named matters here,
            unless it is 0, when support is taken as it is.
        rounds: count only the first so many; None for all.
    """
    kept = votes if rounds is None else votes.rows(votes.round < rounds)
    named = tally.counted(kept)
    heard = named.sum(axis=1) > 0
    most = named == named.max(axis=1, keepdims=True, initial=0)
    rows = np.arange(len(truth))
    first = votes.rows(votes.round == 0)
    single = np.zeros(len(truth))
    place = np.nanargmax(first.support, axis=1) if len(first.question) else np.empty(0, np.int64)
    chosen = first.order[np.arange(len(place)), place]
    single[first.question] = chosen == truth[first.question]
    support = tally.corrected(kept, preference)
    scale = strength if strength.slope > 0 else Strength(1.0, 0.0)
    belief = scale.belief(support, votes.options - 1)
    return JudgeAccuracy(
        single,
        np.where(heard, most[rows, truth] / np.maximum(most.sum(axis=1), 1), 0.0),
        np.where(heard, belief.argmax(axis=1) == truth, False).astype(np.float64),
    )
