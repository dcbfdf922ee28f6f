"""The graphs that are fused, with their entities and relations numbered through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from kgalign.align.candidates import Ids
from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph


@dataclass(frozen=True)
class Sources:
    """Graphs in the order given.

    An entity's *number* is its id plus the entity counts of the graphs before its own; relations are
    numbered likewise. Two graphs may hold the same IRI: only the number tells their entities apart.

    Attributes:
        names: what each graph is called; distinct.
        graphs: the graphs.
    """

    names: tuple[str, ...]
    graphs: tuple[KnowledgeGraph, ...]

    @classmethod
    def of(cls, names: Sequence[str], graphs: Sequence[KnowledgeGraph]) -> Sources:
        """Check and keep the graphs.

        Raises:
            InputError: if there are fewer than two, or two have one name.
        """
        if len(graphs) < 2:
            raise InputError("fusing takes at least two graphs", remedy="name another one")
        if len(names) != len(graphs) or len(set(names)) != len(names):
            raise InputError("every graph needs a name of its own", remedy="give one distinct name per graph")
        return cls(tuple(names), tuple(graphs))

    @cached_property
    def entity_offsets(self) -> Ids:
        """The number of each graph's first entity, and one beyond the last."""
        return np.cumsum([0, *(graph.entity_count for graph in self.graphs)], dtype=np.int64)

    @cached_property
    def relation_offsets(self) -> Ids:
        """The number of each graph's first relation, and one beyond the last."""
        return np.cumsum([0, *(graph.relation_count for graph in self.graphs)], dtype=np.int64)

    @cached_property
    def entity_iris(self) -> pl.Series:
        """The IRI of each entity, by number; blank nodes are ``_:…``."""
        return pl.concat([graph.entities["iri"] for graph in self.graphs])

    @cached_property
    def relation_iris(self) -> pl.Series:
        """The IRI of each relation, by number."""
        return pl.concat([graph.relations["iri"] for graph in self.graphs])

    @cached_property
    def graph_of_entity(self) -> Ids:
        """The position of each entity's graph, by number."""
        return np.repeat(np.arange(len(self.graphs)), np.diff(self.entity_offsets))

    @cached_property
    def graph_of_relation(self) -> Ids:
        """The position of each relation's graph, by number."""
        return np.repeat(np.arange(len(self.graphs)), np.diff(self.relation_offsets))

    def position(self, name: str, option: str) -> int:
        """The position of the graph called *name*.

        Raises:
            InputError: if none is; *option* is what named it.
        """
        if name not in self.names:
            raise InputError(
                f"{option}: no graph is called {name!r}",
                remedy=f"the graphs are called {', '.join(self.names)}",
            )
        return self.names.index(name)

    def named(self, graphs: Ids) -> pl.Series:
        """The names of graphs, by position."""
        return pl.Series(self.names, dtype=pl.String).gather(graphs)
