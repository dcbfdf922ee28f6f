"""Attributes that measure the same, though their figures seldom agree: populations of different years.

Such attributes share hardly a value, so that :mod:`kgalign.align.structure.relations` doesn't see them
correspond, and yet their disagreements are what a person wants to know. What tells them is that for
linked entities the figures lie close together, and for others they don't.
"""

from __future__ import annotations

from itertools import combinations

import polars as pl

from kgalign.fuse.sources import Sources
from kgalign.fuse.statements import ReadAttributes

# Figures count as close if one is at most a fifth more than the other.
_CLOSE = 1.2
_LEAST_SHARED = 20
_SCHEMA = pl.Schema(
    {
        "source_graph": pl.String,
        "target_graph": pl.String,
        "relation": pl.String,
        "counterpart": pl.String,
        "forward": pl.Float64,
        "backward": pl.Float64,
    }
)


def measures(sources: Sources, attributes: ReadAttributes) -> pl.DataFrame:
    """Attributes of two graphs whose numbers are close for linked entities.

    Returns:
        ``source_graph``, ``target_graph``, ``relation``, ``counterpart`` (IRIs), and ``forward`` and
        ``backward``, both the share of linked entities with close figures, less what chance alone gives
        (Cohen's kappa; chance is measured between each entity and the next). Only attributes that twenty
        linked entities and more have in both graphs are looked at.
    """
    numbers = _numbers(attributes)
    parts = [_between(sources, numbers, i, j) for i, j in combinations(range(len(sources.graphs)), 2)]
    return pl.concat([_SCHEMA.to_frame(), *parts])


def _numbers(attributes: ReadAttributes) -> pl.DataFrame:
    """``graph``, ``attribute``, ``subject``, ``dimension``, ``size``: where a subject has one number only."""
    quantities = attributes.readings.quantities.filter(~pl.col("implied") & (pl.col("amount") > 0))
    read = attributes.values.join(
        quantities.select(pl.col("value").cast(pl.Int64), "dimension", size=pl.col("amount").log()),
        left_on="reading",
        right_on="value",
    )
    return (
        attributes.table.select("graph", "attribute", "subject", "meaning")
        .unique()
        .filter(pl.len().over("graph", "attribute", "subject") == 1)
        .join(read, on="meaning")
        .select("graph", "attribute", "subject", "dimension", "size")
        .sort("graph", "attribute", "subject", "dimension", "size")
    )


def _between(sources: Sources, numbers: pl.DataFrame, i: int, j: int) -> pl.DataFrame:
    sides = [numbers.filter(pl.col("graph") == graph).drop("graph") for graph in (i, j)]
    pair = ["attribute", "attribute_right"]
    shared = (
        sides[0]
        .join(sides[1], on=["subject", "dimension"])
        .filter(pl.len().over(pair) >= _LEAST_SHARED)
        .sort(*pair, "subject", "size", "size_right")
    )
    most = pl.lit(_CLOSE).log()
    close = ((pl.col("size") - pl.col("size_right")).abs() <= most).mean()
    by_chance = ((pl.col("size") - pl.col("size_right").shift(1)).abs() <= most).mean()
    agreed = (
        shared.group_by(pair, maintain_order=True)
        .agg(close=close, chance=by_chance)
        .with_columns(share=(pl.col("close") - pl.col("chance")) / (1 - pl.col("chance")))
        .filter(pl.col("share") > 0)
    )
    iris = sources.relation_iris
    return agreed.select(
        source_graph=pl.lit(sources.names[i]),
        target_graph=pl.lit(sources.names[j]),
        relation=pl.lit(iris).gather(pl.col("attribute")),
        counterpart=pl.lit(iris).gather(pl.col("attribute_right")),
        forward="share",
        backward="share",
    )
