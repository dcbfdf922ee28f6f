"""Scores that don't change from round to round, computed once per pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kgalign.align.candidates import Pairs, Scores


class KeptScores:
    """The scores of the pairs that were last asked for; only further pairs are scored anew.

    Args:
        columns: how many scores a pair has.
        score: gives the scores of pairs, a column at a time; a pair's don't depend on the others.
    """

    def __init__(self, columns: int, score: Callable[[Pairs], Sequence[Scores]]) -> None:
        self._score = score
        self._columns = columns
        self._pairs: Pairs | None = None
        self._table = np.empty((0, columns), np.float32)

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        """Pairs × columns."""
        known = (
            np.full(len(pairs), -1, np.int64)
            if self._pairs is None
            else self._pairs.position(pairs.source, pairs.target)
        )
        fresh = np.flatnonzero(known < 0)
        table = np.zeros((len(pairs), self._columns), np.float32)
        table[known >= 0] = self._table[known[known >= 0]]
        part = Pairs(pairs.source[fresh], pairs.target[fresh], pairs.sources, pairs.targets)
        for column, scores in enumerate(self._score(part)):
            table[fresh, column] = scores
        self._pairs, self._table = pairs, table
        return table
