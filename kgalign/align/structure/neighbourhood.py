"""The surroundings of each entity: its relations to entities and, in the same form, its values.

A literal that both graphs state (after :func:`normalised_value`) is a neighbour like any other, and
one whose counterpart in the other graph is known from the start: this is how attributes carry
evidence, and how the correspondence of attributes is learnt together with that of relations, as in
PARIS (Suchanek, Abiteboul and Senellart 2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.kg import KnowledgeGraph

_LONGEST_VALUE = 512

FIXED_POINT = float(1 << 24)

EDGE_SCHEMA = pl.Schema(
    {"entity": pl.UInt32, "relation": pl.UInt32, "neighbour": pl.UInt32, "sharing": pl.UInt32}
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
    """

    edges: pl.DataFrame
    entities: int
    relations: int

    def relation_edges(self) -> pl.DataFrame:
        """The edges to other entities."""
        return self.edges.filter(pl.col("neighbour") < self.entities)

    def capacity(self, values: bool, population: int) -> NDArray[np.float64]:
        """The most evidence each entity's neighbours could give: the sum of their information.

        Args:
            values: count the value neighbours, or the entity neighbours.
            population: number of entities that a neighbour tells apart.
        """
        kind = pl.col("neighbour") >= self.entities
        information = (
            self.edges.filter(kind if values else ~kind)
            .group_by("entity", "neighbour")
            .agg(pl.min("sharing"))
            .with_columns(fixed=fixed_point((population / pl.col("sharing")).log().clip(0)))
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
) -> tuple[Neighbourhood, Neighbourhood, int]:
    """The neighbourhoods of two graphs and the number of values that they share.

    Args:
        first: one graph.
        second: the other graph.
        relations: take the triples.
        attributes: take the literals that occur in both graphs.
    """
    if attributes:
        values = [_normalised_attributes(graph) for graph in (first, second)]
        shared = (
            values[0]
            .select("value")
            .unique()
            .join(values[1].select("value").unique(), on="value", how="semi")
            .sort("value")
            .with_row_index("number")
        )
    else:
        values = [_no_values(), _no_values()]
        shared = pl.DataFrame(schema={"number": pl.UInt32, "value": pl.String})
    made = [
        _neighbourhood(graph, value.join(shared, on="value"), relations)
        for graph, value in zip((first, second), values, strict=True)
    ]
    return made[0], made[1], shared.height


def _neighbourhood(graph: KnowledgeGraph, values: pl.DataFrame, relations: bool) -> Neighbourhood:
    columns = ("entity", "relation", "neighbour")
    parts = [
        values.select(
            "entity", pl.col("attribute").alias("relation"), pl.col("number") + graph.entity_count
        ).rename({"number": "neighbour"})
    ]
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
    return Neighbourhood(edges.select(EDGE_SCHEMA.names()), graph.entity_count, graph.relation_count)


def _no_values() -> pl.DataFrame:
    return pl.DataFrame(schema={"entity": pl.UInt32, "attribute": pl.UInt32, "value": pl.String})


def _normalised_attributes(graph: KnowledgeGraph) -> pl.DataFrame:
    return (
        graph.attributes.select("entity", "attribute", value=normalised_value(pl.col("value")))
        .filter(pl.col("value").is_not_null() & (pl.col("value") != ""))
        .unique()
    )


def normalised_value(value: pl.Expr) -> pl.Expr:
    """The same spelling for equal values: numbers, dates and times, and text.

    ``+1.50`` and ``1.5`` are the same number; the date of ``1969-05-05T00:00:00Z`` and
    ``1969-05-05`` the same day; text is compared without case, width or spacing. A number with a
    leading zero (a postcode, a telephone number) stays text, and so does one too long to be exact.
    """
    text = (
        value.str.slice(0, _LONGEST_VALUE)
        .str.normalize("NFKC")
        .str.to_lowercase()
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )
    numeric = text.str.contains(r"^[+-]?(0|[1-9][0-9]{0,14})(\.[0-9]{1,12})?(e[+-]?[0-9]{1,2})?$")
    number = pl.when(numeric).then(text).otherwise(None).cast(pl.Float64, strict=False)
    day = text.str.extract(r"^(-?\d{4,}-\d{2}-\d{2})(?:t[0-9:.]+)?(?:z|[+-]\d{2}:\d{2})?$", 1)
    return pl.coalesce(number.cast(pl.String), day, text)
