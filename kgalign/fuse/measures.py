"""Correspondences of relations, set against chance.

Attributes that measure the same may seldom agree: populations of different years share hardly a value,
so that :mod:`kgalign.align.structure.relations` doesn't see them correspond, and yet their disagreements
are what a person wants to know. What tells them is that for linked entities the figures lie close
together, and for others they don't (:func:`measures`). The other way round, two relations with few
different values (*true*, the one country of a data set) agree whatever they mean; they correspond only if
linked entities agree more than others (:func:`beyond_chance`).
"""

from __future__ import annotations

from itertools import combinations

import polars as pl

from kgalign.fuse.identity import Identity
from kgalign.fuse.sources import Sources
from kgalign.fuse.statements import ReadAttributes

# Figures count as close if one is at most a fifth more than the other.
_CLOSE = 1.2
_LEAST_SHARED = 20
# From how much agreement by chance on agreement proves nothing, and how much more proves it again.
_MUCH_CHANCE = 0.2
_LEAST_KAPPA = 0.5
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
        .filter(pl.col("share").is_finite() & (pl.col("share") > 0))
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


def beyond_chance(
    sources: Sources, entities: Identity, attributes: ReadAttributes, correspondences: pl.DataFrame
) -> pl.DataFrame:
    """The rows of *correspondences* whose relations agree by more than having few different values.

    Where entities agree with the next one's values in a fifth of the cases and more, linked entities
    have to agree by a kappa (see :func:`measures`) of a half.
    """
    stated = _stated(sources, entities, attributes)
    numbers = pl.concat(
        [
            graph.relations.select(
                "iri", graph=pl.lit(name), number=pl.col("id").cast(pl.Int64) + int(offset)
            )
            for graph, name, offset in zip(
                sources.graphs, sources.names, sources.relation_offsets[:-1], strict=True
            )
        ]
    )
    pairs = (
        correspondences.with_row_index("pair")
        .join(numbers, left_on=["source_graph", "relation"], right_on=["graph", "iri"])
        .join(numbers, left_on=["target_graph", "counterpart"], right_on=["graph", "iri"], suffix="_other")
        .select("pair", "number", "number_other")
    )
    sides = [
        pairs.select("pair", relation=column).join(stated, on="relation").drop("relation")
        for column in ("number", "number_other")
    ]
    keys = ["pair", "subject"]
    shared = (
        sides[0].select(keys).unique().join(sides[1].select(keys).unique(), on=keys).sort(keys)
    ).with_columns(place=pl.int_range(pl.len()).over("pair"), shared=pl.len().over("pair"))
    one, other = (side.join(shared, on=keys) for side in sides)
    following = one.with_columns(place=(pl.col("place") + 1) % pl.col("shared"))
    agreed = _subjects(one.join(other, on=["pair", "place", "entity", "term"], how="semi"), "agreed")
    chance = _subjects(following.join(other, on=["pair", "place", "entity", "term"], how="semi"), "chance")
    share = pl.col("agreed").fill_null(0) / pl.col("shared")
    by_chance = pl.col("chance").fill_null(0) / pl.col("shared")
    idle = (
        shared.select("pair", "shared")
        .unique()
        .join(agreed, on="pair", how="left")
        .join(chance, on="pair", how="left")
        .filter((by_chance > _MUCH_CHANCE) & (share - by_chance <= _LEAST_KAPPA * (1 - by_chance)))
    )
    return correspondences.with_row_index("pair").join(idle, on="pair", how="anti").drop("pair")


def _stated(sources: Sources, entities: Identity, attributes: ReadAttributes) -> pl.DataFrame:
    """Every statement once for each graph: ``subject``, ``relation`` (number), ``entity``, ``term``."""
    fused = pl.lit(pl.Series(entities.cluster_of))
    triples = [
        graph.triples.select(
            subject=fused.gather(pl.col("head").cast(pl.Int64) + int(offset)),
            relation=pl.col("relation").cast(pl.Int64) + int(relations),
            entity=pl.lit(True),
            term=fused.gather(pl.col("tail").cast(pl.Int64) + int(offset)),
        )
        for graph, offset, relations in zip(
            sources.graphs, sources.entity_offsets[:-1], sources.relation_offsets[:-1], strict=True
        )
    ]
    values = attributes.table.select("subject", relation="attribute", entity=pl.lit(False), term="meaning")
    return pl.concat([*triples, values]).unique()


def _subjects(found: pl.DataFrame, name: str) -> pl.DataFrame:
    """``pair`` and, as column *name*, its number of places."""
    return found.group_by("pair").agg(pl.col("place").n_unique().alias(name))
