"""Which entities are to be described."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from kgalign.errors import InputError
from kgalign.generate.session import entities_of_type, read_entities, without_description
from kgalign.kg import KnowledgeGraph


@dataclass(frozen=True)
class Wanted:
    """The entities that a person asked for; by default all without a description.

    Attributes:
        entities: a file of IRIs, one a line.
        kind: IRI of a class.
        missing: asked for expressly: those without a description.

    Raises:
        InputError: if more than one is set.
    """

    entities: str | None = None
    kind: str | None = None
    missing: bool = False

    def __post_init__(self) -> None:
        if sum((self.entities is not None, self.kind is not None, self.missing)) > 1:
            raise InputError("only one of --entities, --type and --missing-description can be used")

    def check(self, graphs: Sequence[KnowledgeGraph]) -> None:
        """Tell, before *graphs* are fused, what none of them knows.

        Raises:
            InputError: if that is the class, or an entity of the file.
        """
        if self.entities is not None:
            read_entities(self.entities, pl.concat([graph.entities["iri"] for graph in graphs]))
        elif self.kind is not None and not any(self.kind in graph.entities["iri"] for graph in graphs):
            raise InputError(f"no graph has the class <{self.kind}>", remedy="check --type")

    def of(
        self,
        graph: KnowledgeGraph,
        language: str,
        canonical: Mapping[str, str] | None = None,
        chosen: Collection[str] | None = None,
    ) -> list[str]:
        """Their IRIs, each once.

        Args:
            graph: that has them.
            language: of the descriptions.
            canonical: what *graph* calls entities that were named by another IRI.
            chosen: what a query chose facts of; without a class or file, only these are described.

        Raises:
            InputError: if *graph* has none of them, or not all that were named.
        """
        known = canonical or {}
        if self.entities is not None:
            others = pl.Series(list(known), dtype=pl.String)
            named = read_entities(self.entities, pl.concat([graph.entities["iri"], others]))
            return list(dict.fromkeys(known.get(iri, iri) for iri in named))
        if self.kind is not None:
            return entities_of_type(graph, known.get(self.kind, self.kind))
        found = without_description(graph, language)
        return found if chosen is None else [entity for entity in found if entity in chosen]
