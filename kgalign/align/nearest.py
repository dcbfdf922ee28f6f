"""The nearest vectors of one graph to those of another, in time that stays within reach.

How they are found depends on how many there are. Few are compared with each other exactly. More are
shortened (see :mod:`kgalign.align.shortening`) and compared in bfloat16 where the processor multiplies
it natively, and the best are scored in full; still every pair, but each costs a fraction. Where even
that would take too long, an index (see :mod:`kgalign.align.vector_index`) finds the candidates in
n log n.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from kgalign.align.all_pairs import Found, all_pairs
from kgalign.align.candidates import Ids, Scores
from kgalign.align.shortening import rescored, shortened
from kgalign.align.vector_index import indexed_nearest


@dataclass(frozen=True)
class Search:
    """When :func:`nearest` takes which short cut, and how careful it is then.

    Attributes:
        exact_below: up to so many pairs of rows, every inner product is computed in float32.
        all_pairs_below: up to so many, all pairs are compared by shortened vectors; beyond, an index
            is searched.
        variance_kept: share of the vectors' variance that the shortened ones keep (see
            :func:`~kgalign.align.shortening.shortened`).
        scored: how many candidates are scored in full, for each one that is asked for.
        looked_at: how many candidates a search of the index holds on to.
    """

    exact_below: int = 500_000_000
    all_pairs_below: int = 100_000_000_000
    variance_kept: float = 0.9
    scored: float = 1.5
    looked_at: int = 128


DEFAULT = Search()


def nearest(
    queries: Scores,
    keys: Scores,
    count: int,
    *,
    search: Search = DEFAULT,
    query_rows: Ids | None = None,
    key_rows: Ids | None = None,
) -> Found:
    """The *count* keys of highest inner product for each query.

    Rows of 0, which stand for what is not known, find nothing and are not found.

    Args:
        queries: n × d, rows of Euclidean length 1 or 0.
        keys: m × d, likewise.
        count: how many to find.
        search: when to search how.
        query_rows: the rows of *queries* that ask; None for all.
        key_rows: the rows of *keys* that can be found; None for all.

    Returns:
        Scores (float32) and rows of *keys*, each n × *count* (or as many rows as *query_rows*), best
        first; ``-inf`` and -1 where fewer were found.
    """
    asking = np.arange(len(queries)) if query_rows is None else np.asarray(query_rows, np.int64)
    open_rows = np.arange(len(keys)) if key_rows is None else np.asarray(key_rows, np.int64)
    first, second = _known(queries, asking), _known(keys, open_rows)
    found, _ = _search(_gathered(queries, first), _gathered(keys, second), count, (len(first), 0), search)
    return _placed(found, first, second, asking)


def nearest_both_ways(
    first: Scores,
    second: Scores,
    count: int,
    *,
    search: Search = DEFAULT,
    first_asking: Ids | None = None,
    second_asking: Ids | None = None,
) -> tuple[Found, Found]:
    """:func:`nearest` in both directions, for little more than the price of one.

    Args:
        first: n × d, rows of Euclidean length 1 or 0.
        second: m × d, likewise.
        count: how many to find for each row.
        search: when to search how.
        first_asking: the rows of *first* that ask; None for all. All can be found.
        second_asking: the rows of *second* that ask; None for all.

    Returns:
        What :func:`nearest` gives for *first* among *second*, and for *second* among *first*.
    """
    sides = []
    for vectors, rows in ((first, first_asking), (second, second_asking)):
        asking = np.arange(len(vectors)) if rows is None else np.asarray(rows, np.int64)
        asking_known = _known(vectors, asking)
        others = np.setdiff1d(_known(vectors, np.arange(len(vectors))), asking_known)
        sides.append((asking, asking_known, np.concatenate([asking_known, others])))
    found = _search(
        _gathered(first, sides[0][2]),
        _gathered(second, sides[1][2]),
        count,
        (len(sides[0][1]), len(sides[1][1])),
        search,
    )
    return (
        _placed(found[0], sides[0][1], sides[1][2], sides[0][0]),
        _placed(found[1], sides[1][1], sides[0][2], sides[1][0]),
    )


def pairs_of(numbers: Ids, rows: Ids | None = None) -> tuple[Ids, Ids]:
    """The pairs that :func:`nearest` found: of its row numbers those that are there, with who asked.

    Args:
        numbers: n × count, -1 where fewer were found.
        rows: who asked, n of them; None for the rows in order.
    """
    asking = np.arange(len(numbers)) if rows is None else np.asarray(rows, np.int64)
    there = numbers >= 0
    return np.repeat(asking, there.sum(axis=1)), numbers[there]


def _search(
    first: Scores, second: Scores, count: int, asking: tuple[int, int], search: Search
) -> tuple[Found, Found]:
    """Both directions, for the leading rows of each side; none of the rows is 0."""
    pairs = asking[0] * len(second) + asking[1] * (len(first) - asking[0])
    if pairs <= search.exact_below or min(first.shape) == 0 or len(second) == 0:
        return all_pairs(first, second, count, asking)
    import torch

    from kgalign.encode.linear import resolve_precision

    candidates = int(np.ceil(count * search.scored))
    short = shortened(first, second, search.variance_kept)
    if pairs <= search.all_pairs_below:
        fast = resolve_precision("auto", torch.device("cpu")) == "bfloat16"
        rough = all_pairs(*short, candidates, asking, in_bfloat16=fast)
        near = (rough[0][1], rough[1][1])
    else:
        near = _indexed(*short, candidates, asking, search.looked_at)
    return (
        rescored(first[: asking[0]], second, near[0], count),
        rescored(second[: asking[1]], first, near[1], count),
    )


def _indexed(
    first: Scores, second: Scores, count: int, asking: tuple[int, int], looked_at: int
) -> tuple[Ids, Ids]:
    import torch

    # An index is built by one thread, so the two are built side by side.
    threads = max(torch.get_num_threads() // 2, 1)
    with ThreadPoolExecutor(min(torch.get_num_threads(), 2)) as pool:
        there = pool.submit(indexed_nearest, first[: asking[0]], second, count, looked_at, threads)
        back = pool.submit(indexed_nearest, second[: asking[1]], first, count, looked_at, threads)
        return there.result(), back.result()


def _known(vectors: Scores, rows: Ids) -> Ids:
    chosen = _gathered(vectors, rows)
    known: Ids = rows[np.einsum("ij,ij->i", chosen, chosen) > 0]
    return known


def _gathered(vectors: Scores, rows: Ids) -> Scores:
    whole = len(rows) == len(vectors) and np.array_equal(rows, np.arange(len(vectors)))
    return vectors if whole else vectors[rows]


def _placed(found: Found, asked: Ids, keys: Ids, asking: Ids) -> Found:
    """What was found for the rows *asked*, in a table of all that are *asking*, by the keys' own numbers."""
    scores, numbers = found
    named = np.where(numbers >= 0, keys[numbers], -1) if len(keys) else numbers
    if len(asked) == len(asking):
        return scores, named
    table = (
        np.full((len(asking), scores.shape[1]), -np.inf, np.float32),
        np.full((len(asking), scores.shape[1]), -1, np.int64),
    )
    place = np.flatnonzero(np.isin(asking, asked))
    table[0][place], table[1][place] = scores, named
    return table
