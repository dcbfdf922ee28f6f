"""Numbers for IRIs and blank nodes, a batch at a time.

A Python dict of all IRIs costs several cache misses for each look-up, which is a quarter of the
whole reading's time. Here a term is known by two unrelated 64-bit hashes, looked up for a whole
batch at once in a table of NumPy arrays, where the processor can overlap the misses. That two of a
billion terms share both hashes has a probability of about 1e-21.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Ids = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.intp]

_EMPTY = np.uint32(0xFFFFFFFF)
_FIRST_CAPACITY = 1 << 16


class TermTable:
    """Consecutive numbers for terms, in order of first appearance."""

    def __init__(self) -> None:
        """See the class."""
        self._chunks: list[tuple[pl.Series, Hashes, Hashes]] = []
        self._count = 0
        self._clear(_FIRST_CAPACITY)

    def __len__(self) -> int:
        """How many terms there are."""
        return self._count

    def find(self, names: list[str]) -> Found:
        """Look *names* up, without adding any."""
        texts = pl.Series("iri", names, dtype=pl.String)
        # Polars' hash and Python's (keyed SipHash) have nothing in common.
        first = texts.hash(seed=0).to_numpy()
        second = np.fromiter(map(hash, names), dtype=np.int64, count=len(names)).view(np.uint64)
        numbers = self._numbers(first, second)
        new = _first_places(numbers, first, second)
        return Found([names[place] for place in new], first, second, numbers, new)

    def add(self, found: Found) -> Ids:
        """Add the new ones of the terms *found*; give the number of each term, new or known.

        Nothing may have been added since they were looked up.
        """
        new = found.places
        if len(new):
            # Built anew: a selection of the looked-up texts would keep all of them in memory.
            texts = pl.Series("iri", found.new, dtype=pl.String)
            self._append((texts, found.first[new], found.second[new]))
        missing = np.flatnonzero(found.numbers == _EMPTY)
        found.numbers[missing] = self._numbers(found.first[missing], found.second[missing])
        return found.numbers

    def numbers_of(self, names: list[str]) -> Ids:
        """The number of each of *names*, 2^32 - 1 for one that isn't there."""
        return self.find(names).numbers

    def texts(self) -> pl.Series:
        """All terms, in the order of their numbers."""
        empty = pl.Series("iri", [], dtype=pl.String)
        return pl.concat([empty, *(texts for texts, _, _ in self._chunks)])

    def rewind(self, count: int) -> None:
        """Forget all but the first *count* terms; *count* is an earlier length."""
        kept, self._chunks, self._count = self._chunks, [], 0
        self._clear(_FIRST_CAPACITY)
        for chunk in kept:
            if self._count < count:
                self._append(chunk)

    def _append(self, chunk: tuple[pl.Series, Hashes, Hashes]) -> None:
        _, first, second = chunk
        self._chunks.append(chunk)
        if 2 * (self._count + len(first)) > len(self._slots):
            self._grow(self._count + len(first))
        else:
            self._insert(first, second, self._count)
        self._count += len(first)

    def _grow(self, count: int) -> None:
        capacity = len(self._slots)
        while capacity < 4 * count:
            capacity *= 2
        self._clear(capacity)
        number = 0
        for _, first, second in self._chunks:
            self._insert(first, second, number)
            number += len(first)

    def _clear(self, capacity: int) -> None:
        # A row is the two hashes and the number plus one; 0 there is a free slot. One row, one
        # cache miss.
        self._slots = np.zeros((capacity, 3), dtype=np.uint64)
        self._mask = np.uint64(capacity - 1)

    def _numbers(self, first: Hashes, second: Hashes) -> Ids:
        """The number of each pair of hashes, :data:`_EMPTY` for an unknown one (linear probing)."""
        numbers = np.full(len(first), _EMPTY, dtype=np.uint32)
        waiting = np.arange(len(first))
        slots = first & self._mask
        while len(waiting):
            rows = self._slots.take(slots, axis=0)
            held = rows[:, 2] != 0
            same = held & (rows[:, 0] == first[waiting]) & (rows[:, 1] == second[waiting])
            numbers[waiting[same]] = rows[same, 2] - np.uint64(1)
            further = held & ~same
            waiting = waiting[further]
            slots = (slots[further] + np.uint64(1)) & self._mask
        return numbers

    def _insert(self, first: Hashes, second: Hashes, start: int) -> None:
        """Put distinct, unknown pairs of hashes in, numbered from *start*."""
        waiting = np.arange(len(first))
        slots = first & self._mask
        while len(waiting):
            free = np.flatnonzero(self._slots[slots, 2] == 0)
            wanted, numbers = slots[free], (waiting[free] + start + 1).astype(np.uint64)
            # Of several that want the same free slot one gets it: the last to be written.
            self._slots[wanted, 2] = numbers
            won = np.zeros(len(waiting), dtype=np.bool_)
            won[free] = self._slots[wanted, 2] == numbers
            self._slots[slots[won], 0] = first[waiting[won]]
            self._slots[slots[won], 1] = second[waiting[won]]
            waiting = waiting[~won]
            slots = (slots[~won] + np.uint64(1)) & self._mask


@dataclass(frozen=True)
class Found:
    """Some terms looked up in a table.

    Attributes:
        new: the distinct unknown ones, in order of first appearance.
        first: the first hash of each term.
        second: the second hash of each term.
        numbers: the number of each term; 2^32 - 1 for an unknown one.
        places: where each of *new* appears first.
    """

    new: list[str]
    first: Hashes
    second: Hashes
    numbers: Ids
    places: Positions


def _first_places(numbers: Ids, first: Hashes, second: Hashes) -> Positions:
    """Where each distinct unknown term occurs first, in order."""
    unknown = np.flatnonzero(numbers == _EMPTY)
    order = np.lexsort((second[unknown], first[unknown]))  # stable: the first of equals stays first
    ordered = unknown[order]
    is_first = np.ones(len(ordered), dtype=np.bool_)
    is_first[1:] = (first[ordered[1:]] != first[ordered[:-1]]) | (second[ordered[1:]] != second[ordered[:-1]])
    return np.sort(ordered[is_first])
