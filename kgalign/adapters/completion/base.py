"""What every way of finding missing tails offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.adapters.completion.data import CompletionData, Ids

Layers = NDArray[np.float32]


@dataclass(frozen=True)
class Queries:
    """Questions for the tail, all about one graph; each head and relation once.

    Attributes:
        graph: the graph's position.
        head: entity numbers.
        relation: relation numbers, as many.
    """

    graph: int
    head: Ids
    relation: Ids

    def __len__(self) -> int:
        return len(self.head)

    def rows(self, chosen: slice) -> Queries:
        """Some of them."""
        return Queries(self.graph, self.head[chosen], self.relation[chosen])


class Scorer(ABC):
    """Scores all entities of a graph as tails of queries."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """A name for each layer of scores; the first is the one to rank by where only one is wanted."""

    def prepare(self, queries: Queries) -> None:  # noqa: B027
        """Be told all queries about a graph before the first block, to do what is better done at once."""

    @abstractmethod
    def score(self, queries: Queries) -> Layers:
        """Score a block of queries.

        Returns:
            layers × queries × the graph's entities; higher is better. Layers are comparable within a
            query, and as far as possible between them.
        """


class SparseScorer(Scorer):
    """A scorer that says something about few entities only; the others get 0.

    Args:
        data: the graphs.
    """

    def __init__(self, data: CompletionData) -> None:
        self._data = data

    @abstractmethod
    def found(self, queries: pl.DataFrame, graph: int) -> pl.DataFrame:
        """What the queries have found.

        Args:
            queries: ``query`` (its position), ``head`` (a joined entity), ``relation``.
            graph: the graph asked about.

        Returns:
            ``query``, ``tail`` (a joined entity) and a column for each layer; each pair at most once.
        """

    def score(self, queries: Queries) -> Layers:
        """See :meth:`Scorer.score`."""
        table = pl.DataFrame(
            {
                "query": np.arange(len(queries)),
                "head": self._data.joined[queries.head],
                "relation": queries.relation,
            }
        )
        found = self.found(table, queries.graph)
        tail = self._data.members[found["tail"].to_numpy(), queries.graph]
        here = tail >= 0
        first, last = self._data.offsets[queries.graph : queries.graph + 2]
        scores = np.zeros((len(self.names), len(queries), last - first), np.float32)
        for layer, name in zip(scores, self.names, strict=True):
            layer[found["query"].to_numpy()[here], tail[here]] = found[name].to_numpy()[here]
        return scores
