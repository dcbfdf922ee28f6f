"""Which parts of names translate which: IBM Model 1 over pairs of names.

After Brown et al., "The Mathematics of Statistical Machine Translation" (1993), with the sets of parts of
two names in place of sentences, and each part's background probability as the null word's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kgalign.align.candidates import Ids

Values = NDArray[np.float64]
Places = NDArray[np.int32]

_ITERATIONS = 5
# Parts that occur together in one pair only have nothing to say about another.
_LEAST_TOGETHER = 2
# Occurrences that each part leaves to the background when its translations are counted.
_SMOOTHING = 0.5
_BACKGROUND_COUNT = 0.5
# Rarer translations of a part are left out: they say next to nothing, and there are many of them.
_LEAST_PROBABILITY = 0.003


@dataclass(frozen=True)
class Translations:
    """What parts of the first side's names become on the second, and the other way round.

    Attributes:
        forward: parts of the first side × parts of the second: probability of the second given the first.
        backward: the same from the second side to the first.
        first_background: how often each part of the first side is a part of any name, of all parts.
        second_background: the same for the second side.
    """

    forward: sparse.csr_matrix
    backward: sparse.csr_matrix
    first_background: Values
    second_background: Values


class ParallelNames:
    """Pairs of names by their parts, ready to learn from all or some of them.

    Args:
        first: pairs × parts of the first side, ones (see :func:`.name_features.name_features`).
        second: pairs × parts of the second side.
    """

    def __init__(self, first: sparse.csr_matrix, second: sparse.csr_matrix) -> None:
        self._first, self._second = first, second
        pair, own, other = _together(first, second)
        both = first.indices[own].astype(np.int64) * second.shape[1] + second.indices[other]
        keys, together = np.unique(both, return_counts=True)
        keys = keys[together >= _LEAST_TOGETHER]
        # Most joint occurrences are the only one of their kind: they are dropped before anything is
        # made of them.
        kept = np.flatnonzero(_among(both, keys))
        self._key = np.searchsorted(keys, both[kept])
        del both
        self._pair, self._own, self._other = pair[kept], own[kept], other[kept]
        self._parts = np.divmod(keys, max(second.shape[1], 1))

    def translations(self, chosen: NDArray[np.bool_]) -> Translations:
        """Learn from the *chosen* pairs (one truth value per pair)."""
        first_background = _background(self._first[chosen])
        second_background = _background(self._second[chosen])
        own, other = self._parts
        taught = chosen[self._pair]
        # Counted anew: a pair that isn't chosen must not decide even what is worth learning.
        together = np.bincount(self._key[taught], minlength=len(own))
        taught &= (together >= _LEAST_TOGETHER)[self._key]
        key = self._key[taught]
        forward = _probabilities(own, key, self._other[taught], second_background[self._second.indices])
        backward = _probabilities(other, key, self._own[taught], first_background[self._first.indices])
        shape = (self._first.shape[1], self._second.shape[1])
        return Translations(
            _table(forward, own, other, shape),
            _table(backward, other, own, shape[::-1]),
            first_background,
            second_background,
        )


def _together(first: sparse.csr_matrix, second: sparse.csr_matrix) -> tuple[Places, Places, Places]:
    """Every part of a pair's first name with every part of its second: pair, and both stored places."""
    own, other = (np.diff(side.indptr).astype(np.int64) for side in (first, second))
    # All of these are below 2³¹, and there are many: the narrow type halves the peak of memory.
    pair = np.repeat(np.arange(len(own), dtype=np.int32), own * other)
    number = np.arange(len(pair), dtype=np.int64) - (np.cumsum(own * other) - own * other)[pair]
    row, column = np.divmod(number.astype(np.int32), other.astype(np.int32)[pair])
    del number
    return pair, row + first.indptr.astype(np.int32)[pair], column + second.indptr.astype(np.int32)[pair]


def _among(values: Ids, keys: Ids) -> NDArray[np.bool_]:
    """Which of *values* is one of the ascending *keys*."""
    if len(keys) == 0:
        return np.zeros(len(values), bool)
    return np.asarray(keys[np.minimum(np.searchsorted(keys, values), len(keys) - 1)] == values)


def _table(probability: Values, giver: Ids, receiver: Ids, shape: tuple[int, int]) -> sparse.csr_matrix:
    likely = probability >= _LEAST_PROBABILITY
    return sparse.csr_matrix(
        (probability[likely].astype(np.float32), (giver[likely], receiver[likely])), shape
    )


def _background(names: sparse.csr_matrix) -> Values:
    counts = np.bincount(names.indices, minlength=names.shape[1]) + _BACKGROUND_COUNT
    return np.asarray(counts / max(counts.sum(), 1.0), np.float64)


def _probabilities(giver: Ids, key: Ids, receiver: Places, null: Values) -> Values:
    """Expectation and maximisation.

    Args:
        giver: the translated part of each key.
        key: of each joint occurrence.
        receiver: place of the occurring part that is to be explained.
        null: the background probability at each such place.

    Returns:
        For each key, the probability that its first part becomes its second.
    """
    parts = int(giver.max(initial=-1)) + 1
    expected = np.bincount(key, minlength=len(giver)).astype(np.float64)
    probability = expected / np.maximum(np.bincount(giver, expected, parts), 1.0)[giver]
    for _ in range(_ITERATIONS):
        likely = probability[key]
        explained = np.bincount(receiver, likely, len(null)) + null
        expected = np.asarray(np.bincount(key, likely / explained[receiver], len(giver)), np.float64)
        probability = expected / (np.bincount(giver, expected, parts) + _SMOOTHING)[giver]
    return probability
