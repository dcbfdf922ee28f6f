"""Metrics of link prediction: the rank of the true entity among all candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Ranks = NDArray[np.float64]


@dataclass(frozen=True)
class TailMetrics:
    """How high the true tails of some triples stand among the candidates.

    Attributes:
        hits_at_1: share of triples whose tail is ranked first, alone.
        hits_at_3: share whose tail has a rank of 3 or better.
        hits_at_10: share whose tail has a rank of 10 or better.
        mrr: mean reciprocal rank; never below :attr:`hits_at_1`.
        triples: number of triples.
    """

    hits_at_1: float
    hits_at_3: float
    hits_at_10: float
    mrr: float
    triples: int

    def __post_init__(self) -> None:
        # A published evaluation counted ranks from 0 in one figure and from 1 in the other.
        if self.mrr < self.hits_at_1 - 1e-9:
            raise ValueError(f"MRR {self.mrr} lies below Hits@1 {self.hits_at_1}: ranks are counted wrongly")


def filtered_ranks(
    scores: NDArray[np.floating], row: Ids, tail: Ids, known_row: Ids, known_tail: Ids
) -> Ranks:
    """The rank of each triple's tail in its row of *scores*, other known tails left out.

    "Filtered" is as in Bordes et al., "Translating Embeddings for Modeling Multi-relational Data" (2013).
    The rank is 1 + the number of better candidates + half the number of equal ones, so that a constant
    score earns nothing.

    Args:
        scores: queries × candidates, one block of them; higher is better.
        row: the query of each triple.
        tail: its true tail, a column of *scores*.
        known_row: the query of each tail known to be true, in any order; the triples' own may be among them.
        known_tail: that tail.

    Returns:
        One rank for each triple, 1 the best.

    Raises:
        ValueError: if a score isn't a number.
    """
    if np.isnan(scores).any():
        raise ValueError("a score is not a number")
    own = scores[row, tail]
    better = np.empty(len(row), np.float64)
    equal = np.empty(len(row), np.float64)
    for start in range(0, len(row), _TRIPLES):
        part = slice(start, start + _TRIPLES)
        rivals = scores[row[part]]
        better[part] = np.count_nonzero(rivals > own[part, None], axis=1)
        equal[part] = np.count_nonzero(rivals == own[part, None], axis=1)
    first, second = _matches(row, known_row)
    left_out = scores[known_row[second], known_tail[second]]
    judged = known_tail[second] != tail[first]
    first, left_out = first[judged], left_out[judged]
    better -= np.bincount(first[left_out > own[first]], minlength=len(row))
    equal -= np.bincount(first[left_out == own[first]], minlength=len(row))
    # The tail itself is among the equal ones.
    return np.asarray(better + (equal + 1) / 2, np.float64)


# So many triples' rows are copied at once.
_TRIPLES = 256


def _matches(left: Ids, right: Ids) -> tuple[Ids, Ids]:
    """All pairs of positions at which *left* and *right* are the same."""
    order = np.argsort(right, kind="stable")
    begin = np.searchsorted(right[order], left, "left")
    count = np.searchsorted(right[order], left, "right") - begin
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(np.arange(len(left)), count), order[np.repeat(begin, count) + within]


def tail_metrics(ranks: Ranks) -> TailMetrics:
    """Hits@1, 3 and 10 and the mean reciprocal rank of *ranks*; all 0 where there is none."""
    if not len(ranks):
        return TailMetrics(0.0, 0.0, 0.0, 0.0, 0)
    first, third, tenth = (float((ranks <= limit).mean()) for limit in (1, 3, 10))
    return TailMetrics(first, third, tenth, float((1 / ranks).mean()), len(ranks))
