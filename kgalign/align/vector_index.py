"""Nearest vectors by an index, for more vectors than can all be compared.

The index is a navigable small-world graph (HNSW; Malkov and Yashunin 2020) over vectors rounded to 8
bits, from the library usearch: to find one vector's nearest takes time in the logarithm of their
number. It is built by one thread, so that the same vectors always give the same graph.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgalign.align.candidates import Ids, Scores

_CONNECTIONS = 32
_LOOKED_AT_WHEN_ADDING = 100
_LARGEST = 127.0
_WORD = 8


def indexed_nearest(queries: Scores, keys: Scores, count: int, looked_at: int, threads: int) -> Ids:
    """Rows of *keys* that are probably among the *count* nearest of each query.

    Equal keys enter the index once: a crowd of them would cut off what lies behind it.

    Args:
        queries: n × d, values from -1 to 1.
        keys: m × d, values from -1 to 1.
        count: how many to find.
        looked_at: how many candidates a search holds on to; more find more of the nearest.
        threads: how many threads search; they don't change what is found.

    Returns:
        n × count row numbers, those of the nearest keys first; -1 where there are fewer.
    """
    if len(queries) == 0 or len(keys) == 0:
        return np.full((len(queries), count), -1, np.int64)
    from usearch.index import Index

    rounded = _rounded(keys)
    distinct, groups = _groups(rounded)
    index = Index(
        ndim=rounded.shape[1],
        metric="ip",
        dtype="i8",
        connectivity=_CONNECTIONS,
        expansion_add=_LOOKED_AT_WHEN_ADDING,
        expansion_search=max(looked_at, count),
    )
    index.add(np.arange(len(distinct)), rounded[distinct], threads=1)
    asking = _rounded(queries)
    # usearch answers a single query in another form than several.
    found: Any = index.search(np.concatenate([asking, asking[:1]]), count, threads=threads)
    near = np.asarray(found.keys, np.uint64).astype(np.int64)[:-1]
    filled = np.arange(near.shape[1]) < np.asarray(found.counts)[:-1, None]
    return _members(np.where(filled, near, -1), groups, count)


def _rounded(vectors: Scores) -> NDArray[np.int8]:
    """8-bit vectors, filled up with zeros to whole 64-bit words."""
    width = -(-vectors.shape[1] // _WORD) * _WORD
    rounded = np.zeros((len(vectors), width), np.int8)
    rounded[:, : vectors.shape[1]] = np.rint(vectors * _LARGEST).clip(-_LARGEST, _LARGEST)
    return rounded


def _groups(rounded: NDArray[np.int8]) -> tuple[Ids, Ids]:
    """The first of each set of equal rows, and the set that each row belongs to."""
    words = rounded.view(np.uint64)
    factors = np.random.default_rng(0).integers(1, 2**63, words.shape[1], np.uint64) * np.uint64(
        2
    ) + np.uint64(1)
    hashes = np.zeros(len(words), np.uint64)
    for column, factor in enumerate(factors):
        hashes = (hashes ^ (hashes >> np.uint64(29))) * factor + words[:, column]
    _, first, group = np.unique(hashes, return_index=True, return_inverse=True)
    return first, group


def _members(near: Ids, groups: Ids, count: int) -> Ids:
    """The members of each query's groups, nearest group first, the first *count* of them."""
    members = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups)
    starts = np.cumsum(sizes) - sizes
    of_group = np.where(near >= 0, sizes[near], 0)
    before = np.cumsum(of_group, axis=1) - of_group
    taken = np.clip(count - before, 0, of_group).ravel()
    query = np.repeat(np.arange(near.size) // near.shape[1], taken)
    within = np.arange(taken.sum()) - np.repeat(np.cumsum(taken) - taken, taken)
    found = np.full((len(near), count), -1, np.int64)
    place = np.repeat(before.ravel(), taken) + within
    found[query, place] = members[np.repeat(starts[near].ravel(), taken) + within]
    return found
