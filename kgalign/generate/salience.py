"""Which facts of an entity are told: those that identify it best, by properties that say one thing.

A fact's salience is how far its object narrows down which entity is meant, as when facts are chosen for
prompts (:mod:`kgalign.vote.facts`), times the functionality of its relation.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from kgalign.generate.options import GenerateOptions
from kgalign.generate.query import ChosenFacts
from kgalign.kg import KnowledgeGraph
from kgalign.verify.graph_facts import RDF_TYPE, GraphFacts
from kgalign.verify.verdicts import Fact
from kgalign.vote.fact_names import GraphNames
from kgalign.vote.fact_statements import Side, statements

_MOST_LOOKED_AT = 10_000
_DECIMALS = 6


class FactSelector:
    """Chooses the facts to tell of entities.

    Args:
        graph: the store.
        source: its facts.
        options: which facts are wanted.
        chosen: those that a query chose; None for the choice by *options*.
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        source: GraphFacts,
        options: GenerateOptions,
        chosen: ChosenFacts | None = None,
    ) -> None:
        self._graph = graph
        self._source = source
        self._options = options
        self._chosen = chosen
        self._side = Side(graph, GraphNames(graph, None, ()))

    def of(self, entities: Sequence[str]) -> list[list[Fact]]:
        """The facts of each of *entities* (IRIs), what it is first, then by falling salience.

        The facts that a query or a list of properties chose stand in its order.
        """
        told = [self._told(entity) for entity in entities]
        if self._chosen is not None:
            return [self._chosen.of(entity, facts) for entity, facts in zip(entities, told, strict=True)]
        wanted = self._options.properties
        if wanted:
            rank = {relation: place for place, relation in enumerate(wanted)}
            return [sorted(facts, key=lambda fact: rank[fact.relation.value]) for facts in told]
        known = self._salience(entities)
        return [self._best(facts, own) for facts, own in zip(told, known, strict=True)]

    def _told(self, entity: str) -> list[Fact]:
        own, _ = self._source.about(entity, _MOST_LOOKED_AT, 0)
        wanted = set(self._options.properties)
        return [
            fact
            for fact in own
            if fact.subject.value == entity and (not wanted or fact.relation.value in wanted)
        ]

    def _best(self, facts: Sequence[Fact], salience: dict[tuple[str, str], float]) -> list[Fact]:
        is_type = [fact for fact in facts if fact.relation.value == RDF_TYPE]
        others = [fact for fact in facts if fact.relation.value != RDF_TYPE]
        others.sort(key=lambda fact: -salience.get((fact.relation.value, fact.object.value), 0.0))
        if self._options.select == "top":
            others = others[: self._options.most]
        return is_type + others

    def _salience(self, entities: Sequence[str]) -> list[dict[tuple[str, str], float]]:
        """For each entity the salience of its relations and objects, by their values."""
        asked = (
            pl.DataFrame({"iri": list(entities)}, schema={"iri": pl.String})
            .with_row_index("question")
            .join(self._graph.entities, on="iri", maintain_order="left")
            .select("question", option=pl.lit(0, pl.Int32), entity=pl.col("id"))
        )
        rows = statements(asked, self._side).filter(pl.col("property") < self._graph.relation_count)
        values = (
            pl.when("literal")
            .then("text")
            .otherwise(
                pl.lit(self._graph.entities["iri"]).gather(
                    pl.when(pl.col("literal")).then(0).otherwise("object")
                )
            )
        )
        named = rows.join(
            self._graph.relations.select(property="id", relation="iri"), on="property", maintain_order="left"
        ).select("question", "relation", values.alias("value"), "information")
        found: list[dict[tuple[str, str], float]] = [{} for _ in entities]
        for question, relation, value, information in named.iter_rows():
            functionality = self._source.functionality(relation)
            worth = information * (1.0 if functionality is None else functionality)
            found[question][relation, value] = round(worth, _DECIMALS)
        return found
