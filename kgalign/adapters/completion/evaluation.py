"""Ranking the tails of held-out facts, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgalign.adapters.completion.base import Queries, Scorer
from kgalign.adapters.completion.data import CompletionData, Ids, Triples, together
from kgalign.evaluate.ranking import Ranks, filtered_ranks

# Scores held at once by one layer.
BLOCK_SCORES = 4_000_000


@dataclass(frozen=True)
class Asked:
    """The queries behind some facts of one graph.

    Attributes:
        queries: head and relation of the facts, each once, by number.
        row: the query of each fact.
        tail: the tail of each fact, counted from its graph's first entity.
    """

    queries: Queries
    row: Ids
    tail: Ids


def asked(data: CompletionData, triples: Triples, graph: int) -> Asked:
    """The queries behind *triples*, all of which belong to *graph*."""
    keys, row = np.unique(_keys(data, triples), return_inverse=True)
    queries = Queries(graph, keys // data.relation_count, keys % data.relation_count)
    return Asked(queries, row.astype(np.int64), triples.tail - data.offsets[graph])


def tails_of(data: CompletionData, queries: Queries, facts: Triples) -> tuple[Ids, Ids]:
    """What *facts* answer: positions in *queries*, and tails counted from the graph's first entity."""
    keys = queries.head * data.relation_count + queries.relation
    stated = _keys(data, facts)
    place = np.searchsorted(keys, stated)
    place[place == len(keys)] = 0
    hit = keys[place] == stated if len(keys) else np.zeros(len(stated), bool)
    return place[hit], facts.tail[hit] - data.offsets[queries.graph]


def _keys(data: CompletionData, triples: Triples) -> Ids:
    return np.asarray(triples.head * data.relation_count + triples.relation, np.int64)


def blocks(data: CompletionData, queries: Queries) -> Iterator[slice]:
    """Slices of *queries* whose scores are :data:`BLOCK_SCORES` at most, or one query."""
    first, last = data.offsets[queries.graph : queries.graph + 2]
    step = max(1, BLOCK_SCORES // max(int(last - first), 1))
    for start in range(0, len(queries), step):
        yield slice(start, start + step)


def tail_ranks(data: CompletionData, triples: Triples, scorer: Scorer) -> NDArray[np.float64]:
    """The filtered rank of each fact's tail among all entities of its graph.

    Args:
        data: the graphs; all of its facts, known and held out, are left out of the candidates.
        triples: the facts, of any graphs.
        scorer: its first layer counts.

    Returns:
        One rank for each fact; equal scores share their mean rank.
    """
    ranks = np.empty(len(triples), np.float64)
    graph_of = data.graph_of(triples.head)
    facts = together([data.known, data.validation, data.test, triples])
    for graph in np.unique(graph_of).tolist():
        places = np.flatnonzero(graph_of == graph)
        ranks[places] = _of_graph(data, asked(data, triples.rows(places), graph), facts, scorer)
    return ranks


def _of_graph(data: CompletionData, question: Asked, facts: Triples, scorer: Scorer) -> Ranks:
    ranks = np.empty(len(question.row), np.float64)
    known_row, known_tail = tails_of(data, question.queries, facts)
    # A fact that is in several parts must be left out once.
    known_row, known_tail = np.unique(np.stack([known_row, known_tail]), axis=1)
    scorer.prepare(question.queries)
    for block in blocks(data, question.queries):
        scores = scorer.score(question.queries.rows(block))[0]
        here = (question.row >= block.start) & (question.row < block.stop)
        known = (known_row >= block.start) & (known_row < block.stop)
        ranks[here] = filtered_ranks(
            scores,
            question.row[here] - block.start,
            question.tail[here],
            known_row[known] - block.start,
            known_tail[known],
        )
    return ranks
