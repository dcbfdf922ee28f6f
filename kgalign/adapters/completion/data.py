"""What completion is learnt from and measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Triples:
    """Facts between entities; the three arrays are equally long.

    Attributes:
        head: entity numbers.
        relation: relation numbers.
        tail: entity numbers, each of the same graph as its head.
    """

    head: Ids
    relation: Ids
    tail: Ids

    def __len__(self) -> int:
        return len(self.head)

    def rows(self, chosen: Ids | Mask) -> Triples:
        """Those that *chosen* names or marks."""
        return Triples(self.head[chosen], self.relation[chosen], self.tail[chosen])


def together(parts: Sequence[Triples]) -> Triples:
    """All *parts* one after the other."""
    if not parts:
        return Triples(*(np.empty(0, np.int64) for _ in range(3)))
    return Triples(
        np.concatenate([part.head for part in parts]),
        np.concatenate([part.relation for part in parts]),
        np.concatenate([part.tail for part in parts]),
    )


@dataclass(frozen=True)
class CompletionData:
    """Several graphs, which of their entities are the same, and facts held out of them.

    Entities are numbered through all graphs, relations are shared by all.

    Attributes:
        graphs: the graphs' names, as of their languages.
        offsets: the number of each graph's first entity, and last the number of all.
        link_first: one entity of each link.
        link_second: the other entity, of another graph.
        joined: for each entity the number of what it stands for, dense: the same for linked entities.
        entity_labels: a label for each entity.
        relation_labels: a label for each relation.
        known: the facts to learn from.
        validation: facts held out to choose and to weigh by.
        test: facts held out to measure by; nothing is ever learnt from them.
    """

    graphs: tuple[str, ...]
    offsets: Ids
    link_first: Ids
    link_second: Ids
    joined: Ids
    entity_labels: tuple[str, ...]
    relation_labels: tuple[str, ...]
    known: Triples
    validation: Triples
    test: Triples

    @property
    def entity_count(self) -> int:
        """Number of entities of all graphs."""
        return int(self.offsets[-1])

    @property
    def relation_count(self) -> int:
        """Number of relations."""
        return len(self.relation_labels)

    @cached_property
    def joined_count(self) -> int:
        """Number of joined entities."""
        return int(self.joined.max(initial=-1)) + 1

    @cached_property
    def members(self) -> Ids:
        """Joined entities × graphs: the entity of that graph, counted from its graph's first, or -1."""
        found = np.full((self.joined_count, len(self.graphs)), -1, np.int64)
        graph = self.graph_of(np.arange(self.entity_count))
        # Where a graph has two of them the lowest stays.
        backwards = np.arange(self.entity_count)[::-1]
        found[self.joined[backwards], graph[backwards]] = backwards - self.offsets[graph[backwards]]
        return found

    def graph_of(self, entity: Ids) -> Ids:
        """The graph of each entity, as a position in :attr:`graphs`."""
        return np.asarray(np.searchsorted(self.offsets, entity, "right") - 1, np.int64)

    def of_graph(self, triples: Triples, graph: int) -> Triples:
        """Those of *triples* that belong to one graph."""
        return triples.rows(self.graph_of(triples.head) == graph)

    @cached_property
    def joined_facts(self) -> pl.DataFrame:
        """The known facts between joined entities: ``graph``, ``head``, ``relation``, ``tail``; distinct."""
        return pl.DataFrame(
            {
                "graph": self.graph_of(self.known.head),
                "head": self.joined[self.known.head],
                "relation": self.known.relation,
                "tail": self.joined[self.known.tail],
            }
        ).unique(maintain_order=True)


def join_entities(count: int, first: Ids, second: Ids) -> Ids:
    """Number what entities stand for: linked ones, directly or over others, get the same number.

    Args:
        count: number of entities.
        first: one end of each link.
        second: the other end.

    Returns:
        A number for each entity, dense and in the order in which they are first met.
    """
    links = sparse.csr_matrix((np.ones(len(first), np.int8), (first, second)), (count, count))
    component = connected_components(links, directed=False)[1]
    _, position, inverse = np.unique(component, return_index=True, return_inverse=True)
    order = np.empty(len(position), np.int64)
    order[np.argsort(position)] = np.arange(len(position))
    return np.asarray(order[inverse], np.int64)
