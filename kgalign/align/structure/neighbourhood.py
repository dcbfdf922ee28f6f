"""The surroundings of each entity: its relations to entities and, in the same form, its values.

A value that the other graph states too, or nearly (see :mod:`kgalign.align.values`), is a neighbour like
any other, and one whose counterparts in the other graph are known from the start: this is how
attributes carry evidence, and how the correspondence of attributes is learnt together with that of
relations, as in PARIS (Suchanek, Abiteboul and Senellart 2011).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.align.values import MATCH_SCHEMA, compare_values
from kgalign.kg import KnowledgeGraph

FIXED_POINT = float(1 << 24)

EDGE_SCHEMA = pl.Schema(
    {"entity": pl.UInt32, "relation": pl.UInt32, "neighbour": pl.UInt32, "sharing": pl.UInt32}
)
VALUES_SCHEMA = pl.Schema(
    {"entity": pl.UInt32, "attribute": pl.UInt32, "number": pl.UInt32, "text": pl.String}
)


@dataclass(frozen=True)
class Neighbourhood:
    """One graph's edges, seen from the entity.

    Attributes:
        edges: ``entity``, ``relation`` (an inverse relation is numbered ``relation_count`` higher),
            ``neighbour`` (entities first; the value numbered v is ``entities + v``) and
            ``sharing``: how many entities have this relation to this neighbour.
        entities: number of entities.
        relations: number of relations, inverses not counted.
        values: ``entity``, ``attribute``, ``number`` (of the value, as a neighbour) and ``text``: how
            the graph states the values among the neighbours.
    """

    edges: pl.DataFrame
    entities: int
    relations: int
    values: pl.DataFrame = field(default_factory=VALUES_SCHEMA.to_frame)

    def relation_edges(self) -> pl.DataFrame:
        """The edges to other entities."""
        return self.edges.filter(pl.col("neighbour") < self.entities)

    def capacity(
        self, values: bool, population: int, known: pl.DataFrame | None = None
    ) -> NDArray[np.float64]:
        """The most evidence each entity's neighbours could give: the sum of their information.

        Args:
            values: count the value neighbours, or the entity neighbours.
            population: number of entities that a neighbour tells apart.
            known: ``neighbour``, ``weight`` and ``crowd`` of the only matches that some neighbours can
                have (values, which are matched in advance); others can match in full.
        """
        kind = pl.col("neighbour") >= self.entities
        matches = MATCH_SCHEMA.to_frame().rename({"source": "neighbour"}) if known is None else known
        sharing = pl.max_horizontal("sharing", "crowd")
        information = (
            self.edges.filter(kind if values else ~kind)
            .group_by("entity", "neighbour")
            .agg(pl.min("sharing"))
            .join(matches.select("neighbour", "weight", "crowd"), on="neighbour", how="left")
            .with_columns(
                fixed=fixed_point((population / sharing).log().clip(0) * pl.col("weight").fill_null(1.0))
            )
            .group_by("entity", "neighbour")
            .agg(pl.max("fixed"))
            .group_by("entity")
            .agg(pl.sum("fixed"))
        )
        total = np.zeros(self.entities)
        total[information["entity"].to_numpy()] = information["fixed"].to_numpy() / FIXED_POINT
        return total


def fixed_point(value: pl.Expr) -> pl.Expr:
    """*value* as an integer count of 2⁻²⁴, so that a sum doesn't depend on the order of its terms.

    Polars adds up a group in an order that varies with its threads; integers make the same input
    give the same bytes.
    """
    return (value * FIXED_POINT).round().cast(pl.Int64)


def neighbourhoods(
    first: KnowledgeGraph, second: KnowledgeGraph, *, relations: bool = True, attributes: bool = True
) -> tuple[Neighbourhood, Neighbourhood, pl.DataFrame]:
    """The neighbourhoods of two graphs, and which of their values match.

    Args:
        first: one graph.
        second: the other graph.
        relations: take the triples.
        attributes: take the literals that match some literal of the other graph.

    Returns:
        Both neighbourhoods, and ``source``, ``target`` (value neighbours of the first and the second),
        ``weight`` and ``crowd`` (see :class:`~kgalign.align.values.ComparedValues`).
    """
    stated = [graph.attributes if attributes else graph.attributes.clear() for graph in (first, second)]
    compared = compare_values(stated[0], stated[1])
    matches = compared.matches.select(
        pl.col("source") + first.entity_count, pl.col("target") + second.entity_count, "weight", "crowd"
    ).cast(MATCH_SCHEMA)
    return (
        _neighbourhood(first, compared.first, relations),
        _neighbourhood(second, compared.second, relations),
        matches,
    )


def _neighbourhood(graph: KnowledgeGraph, values: pl.DataFrame, relations: bool) -> Neighbourhood:
    columns = ("entity", "relation", "neighbour")
    numbered = values.select(
        "entity", "attribute", number=pl.col("value") + graph.entity_count, text="text"
    ).cast(VALUES_SCHEMA)
    parts = [numbered.select("entity", relation="attribute", neighbour="number")]
    if relations:
        triples = graph.triples.filter(pl.col("head") != pl.col("tail"))
        parts.append(
            triples.select("head", "relation", "tail").rename(
                dict(zip(triples.columns, columns, strict=True))
            )
        )
        parts.append(
            triples.select(
                pl.col("tail").alias("entity"),
                (pl.col("relation") + graph.relation_count).alias("relation"),
                pl.col("head").alias("neighbour"),
            )
        )
    edges = (
        pl.concat([part.cast(dict.fromkeys(columns, pl.UInt32)) for part in parts])
        .unique(columns)
        .with_columns(sharing=pl.len().over("relation", "neighbour").cast(pl.UInt32))
        .sort(columns)
    )
    return Neighbourhood(
        edges.select(EDGE_SCHEMA.names()), graph.entity_count, graph.relation_count, numbered
    )
