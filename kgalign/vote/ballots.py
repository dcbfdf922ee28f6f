"""What a model answered, round by round, in the form that the tally counts."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kgalign.vote.language_model import Reply
from kgalign.vote.question import Question

Numbers = NDArray[np.float64]

# A letter that is this much less probable than the best, or isn't told of, counts as if it were so.
_LEAST_LOG_PROBABILITY = -12.0


def order_of(question: Question, number: int, seed: int) -> tuple[int, ...]:
    """The order in which round *number* (from 0) shows the options of *question*.

    The first is drawn at random; each further one moves every option up by a place, the topmost to the
    end, so that after as many rounds as there are options each has stood once in each place.
    """
    draw = np.random.default_rng([seed, zlib.crc32(str(question.source).encode())])
    first = draw.permutation(question.options)
    return tuple(int(option) for option in np.roll(first, -number))


@dataclass(frozen=True)
class Ballot:
    """One answer.

    Attributes:
        question: number of the question among those asked.
        round: from 0.
        order: the option in each place.
        reply: what the model answered.
        place: the place that it named; None where its answer was malformed.
    """

    question: int
    round: int
    order: tuple[int, ...]
    reply: Reply
    place: int | None

    @property
    def choice(self) -> int | None:
        """The option that was named; None where the answer was malformed."""
        return None if self.place is None else self.order[self.place]


@dataclass(frozen=True)
class Votes:
    """Ballots as numbers, of questions that may differ in their number of options.

    Attributes:
        question: of each ballot.
        round: of each ballot.
        order: ballots × most options: the option in each place; -1 beyond the options.
        support: ballots × most options, by place: the logarithm of each letter's probability, or, where
            the model tells none, 1 for the place that was named and 0 for the others; NaN beyond the
            options.
        options: number of options of each question.
        graded: whether *support* is of probabilities.
    """

    question: NDArray[np.int64]
    round: NDArray[np.int64]
    order: NDArray[np.int64]
    support: Numbers
    options: NDArray[np.int64]
    graded: bool

    @classmethod
    def of(cls, ballots: Sequence[Ballot], questions: Sequence[Question]) -> Votes:
        """Count *ballots*, of which malformed ones without probabilities say nothing.

        Where any ballot lacks probabilities, only what was named counts, for all: the two aren't
        comparable.
        """
        width = max((question.options for question in questions), default=0)
        graded = bool(ballots) and all(ballot.reply.log_probabilities is not None for ballot in ballots)
        counted = [ballot for ballot in ballots if graded or ballot.place is not None]
        order = np.full((len(counted), width), -1, np.int64)
        support = np.full((len(counted), width), np.nan)
        for row, ballot in enumerate(counted):
            size = len(ballot.order)
            order[row, :size] = ballot.order
            support[row, :size] = _graded(ballot) if graded else _named(ballot)
        return cls(
            np.array([ballot.question for ballot in counted], np.int64),
            np.array([ballot.round for ballot in counted], np.int64),
            order,
            support,
            np.array([question.options for question in questions], np.int64),
            graded,
        )

    def rows(self, kept: NDArray[np.bool_]) -> Votes:
        """The ballots where *kept* holds."""
        return replace(
            self,
            question=self.question[kept],
            round=self.round[kept],
            order=self.order[kept],
            support=self.support[kept],
        )


def _graded(ballot: Ballot) -> Numbers:
    """Logarithm of the probability of each place, among the letters alone."""
    told = np.array(ballot.reply.log_probabilities, np.float64)
    if not np.isfinite(told).any():
        return np.full(len(told), -np.log(len(told)))
    told = np.maximum(told, told.max() + _LEAST_LOG_PROBABILITY)
    return np.asarray(told - np.log(np.exp(told).sum()))


def _named(ballot: Ballot) -> Numbers:
    return np.asarray(np.arange(len(ballot.order)) == ballot.place, np.float64)
