"""Candidate pairs in sparse columns, and the blocked search that proposes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]

_BLOCK_CELLS = 32_000_000


@dataclass(frozen=True)
class Pairs:
    """Distinct candidate pairs, sorted by source and then by target.

    Memory is linear in the number of pairs; no n × m matrix is ever made.

    Attributes:
        source: entity ids of the first graph, one per pair.
        target: entity ids of the second graph, one per pair.
        sources: number of entities of the first graph.
        targets: number of entities of the second graph.
    """

    source: Ids
    target: Ids
    sources: int
    targets: int

    def __len__(self) -> int:
        return len(self.source)

    @property
    def keys(self) -> Ids:
        """One integer per pair, ascending: ``source × targets + target``."""
        return self.source * self.targets + self.target

    @classmethod
    def from_keys(cls, keys: Ids, sources: int, targets: int) -> Pairs:
        """The pairs of ascending distinct *keys* (see :attr:`keys`)."""
        return cls(keys // targets, keys % targets, sources, targets)

    @classmethod
    def union(cls, parts: Sequence[tuple[Ids, Ids]], sources: int, targets: int) -> Pairs:
        """The distinct pairs of all *parts*, each a list of sources with its list of targets."""
        keys = [np.asarray(s, np.int64) * targets + np.asarray(t, np.int64) for s, t in parts]
        merged = np.unique(np.concatenate(keys)) if keys else np.empty(0, np.int64)
        return cls.from_keys(merged, sources, targets)

    def without(self, source: Ids, target: Ids) -> Pairs:
        """The pairs, less the given ones."""
        if len(source) == 0:
            return self
        keys = self.keys
        kept = ~np.isin(keys, np.asarray(source, np.int64) * self.targets + np.asarray(target, np.int64))
        return Pairs.from_keys(keys[kept], self.sources, self.targets)

    def position(self, source: Ids, target: Ids) -> Ids:
        """Row of each given pair, or -1 where it is no candidate."""
        if len(self) == 0:
            return np.full(len(source), -1, np.int64)
        keys = self.keys
        wanted = np.asarray(source, np.int64) * self.targets + np.asarray(target, np.int64)
        row = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[row] == wanted, row, -1)


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """Cut *rows* so that a block of them against *columns* stays within a fixed number of cells."""
    step = max(1, _BLOCK_CELLS // max(columns, 1))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def blocks_of_work(work: NDArray[np.int64], limit: int) -> list[slice]:
    """Cut the rows so that each block holds about *limit* units of *work* (one row at least)."""
    if len(work) == 0:
        return []
    cumulative = np.cumsum(work + 1)
    cuts = np.searchsorted(cumulative, np.arange(limit, cumulative[-1], limit), "right")
    bounds = np.unique(np.concatenate([[0], cuts, [len(work)]]))
    return [slice(int(a), int(b)) for a, b in pairwise(bounds)]


def top_k(queries: Scores, keys: Scores, count: int) -> tuple[Scores, Ids]:
    """The *count* keys of highest inner product for each query, computed in blocks.

    Args:
        queries: n × d.
        keys: m × d.
        count: how many to keep (fewer if there are fewer keys).

    Returns:
        Scores and key numbers, each n × min(count, m), best first.
    """
    # Reading a dump or asking for help shouldn't wait for torch.
    import torch

    kept = min(count, len(keys))
    scores = np.empty((len(queries), kept), np.float32)
    numbers = np.empty((len(queries), kept), np.int64)
    rows, transposed = torch.from_numpy(queries), torch.from_numpy(keys).T.contiguous()
    for block in blocks(len(queries), len(keys)):
        best, where = (rows[block] @ transposed).topk(kept, dim=1)
        scores[block] = best.numpy()
        numbers[block] = where.numpy()
    return scores, numbers


def pairwise_products(
    first: NDArray[np.float32], second: NDArray[np.float32], rows: Ids, columns: Ids
) -> Scores:
    """Inner products of ``first[rows[i]]`` and ``second[columns[i]]``, in blocks."""
    products = np.empty(len(rows), np.float32)
    for block in blocks(len(rows), 2 * max(first.shape[1], 1)):
        products[block] = np.einsum("ij,ij->i", first[rows[block]], second[columns[block]])
    return products
