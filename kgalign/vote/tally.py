"""Counting the ballots: by majority, or with the model's liking for places taken out.

A language model prefers some places over others, whatever stands there. As options change places from
round to round, what a place gets on average over all questions is that preference, and the rest is
about the options. Over a full cycle of orders each option stands once in each place, and the
preference cancels exactly (cyclic permutations; Zheng et al., "Large Language Models Are Not Robust
Multiple Choice Selectors", 2024).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kgalign.vote.ballots import Numbers, Votes

# As many ballots as the pooled rate counts for beside each place's own.
_DRAWN = 5.0


def place_weights(votes: Votes, truth: NDArray[np.int64]) -> dict[int, Numbers]:
    """How much it tells, by the number of options, that a place was named: log-likelihood ratios.

    A place that the model names whatever stands there tells little, any other place much. Places of
    few ballots are drawn towards what all places tell.

    Args:
        votes: ballots about questions whose answer is known.
        truth: the right option of each question.
    """
    found = {}
    sizes = votes.options[votes.question]
    for size in np.unique(sizes).tolist():
        chosen = sizes == size
        right = votes.order[chosen, :size] == truth[votes.question[chosen]][:, None]
        named = votes.support[chosen, :size] > 0
        rates = []
        for case in (right, ~right):
            pooled = ((named & case).sum() + 1) / (case.sum() + size)
            rates.append(((named & case).sum(axis=0) + _DRAWN * pooled) / (case.sum(axis=0) + _DRAWN))
        found[size] = np.asarray(np.log(np.maximum(rates[0] / rates[1], 1.0)))
    return found


def weighed(votes: Votes, weights: dict[int, Numbers]) -> Votes:
    """The ballots with each place's support times its weight; 1 for numbers of options without any."""
    support = votes.support.copy()
    sizes = votes.options[votes.question]
    for size, weight in weights.items():
        support[sizes == size, :size] *= weight
    return replace(votes, support=support)


def place_preference(votes: Votes) -> dict[int, Numbers]:
    """What the model gives each place, by the number of options: the mean support, less its own mean."""
    found = {}
    sizes = votes.options[votes.question]
    for size in np.unique(sizes).tolist():
        mean = votes.support[sizes == size, :size].mean(axis=0)
        found[size] = np.asarray(mean - mean.mean())
    return found


def corrected(votes: Votes, preference: dict[int, Numbers]) -> Numbers:
    """The mean support of each option, without the preference for places.

    Args:
        votes: the ballots.
        preference: as :func:`place_preference` gives it.

    Returns:
        Questions × most options, each row centred on 0; NaN beyond a question's options; 0 for all of
        them where a question has no ballot.
    """
    count, width = len(votes.options), votes.support.shape[1]
    total, ballots = np.zeros((count, width)), np.zeros(count)
    for size in np.unique(votes.options).tolist():
        chosen = votes.options[votes.question] == size
        if chosen.any():
            support = votes.support[chosen, :size] - preference.get(size, np.zeros(size))
            np.add.at(total, (votes.question[chosen][:, None], votes.order[chosen, :size]), support)
            np.add.at(ballots, votes.question[chosen], 1)
    mean = total / np.maximum(ballots, 1)[:, None]
    mean[np.arange(width) >= votes.options[:, None]] = np.nan
    return np.asarray(mean - np.nanmean(mean, axis=1, keepdims=True)) if count else mean


def counted(votes: Votes) -> NDArray[np.int64]:
    """How often each option was given most support: questions × most options."""
    count, width = len(votes.options), votes.support.shape[1]
    named = np.zeros((count, width), np.int64)
    if len(votes.question):
        place = np.nanargmax(votes.support, axis=1)
        option = votes.order[np.arange(len(place)), place]
        np.add.at(named, (votes.question, option), 1)
    return named


def majority(votes: Votes) -> NDArray[np.int64]:
    """The option that more than half of a question's ballots named; -1 where none was."""
    named = counted(votes)
    if named.shape[1] == 0:
        return np.full(len(named), -1, np.int64)
    best = named.argmax(axis=1)
    most = named[np.arange(len(named)), best]
    return np.where(2 * most > named.sum(axis=1), best, -1)
