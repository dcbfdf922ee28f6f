"""What a graph states of some entities, and how much each statement narrows down which one is meant."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kgalign.kg import KnowledgeGraph
from kgalign.vote.fact_names import GraphNames

# An entity's objects of one property that are looked at, the most telling first: a hub has thousands.
_OBJECTS_LOOKED_AT = 20

PROPERTY = ("property", "literal")
OBJECT = ("literal", "object")


@dataclass(frozen=True)
class Side:
    """One graph, as facts are taken from it.

    Attributes:
        graph: the graph.
        names: how its entities and relations are called.
    """

    graph: KnowledgeGraph
    names: GraphNames


def statements(asked: pl.DataFrame, side: Side) -> pl.DataFrame:
    """What *side* states of the entities *asked* about.

    A neighbour without a name is left out. Of many objects of one property, those that fewest other
    entities have are kept, and of these the best known.

    Args:
        asked: ``question``, ``option``, ``entity``.
        side: their graph.

    Returns:
        * ``question`` and ``option``;
        * ``property``: a number of the graph's relations, an inverse one after the others; ``literal``:
          whether it is used as an attribute;
        * ``object``: an entity, or the number of a value; ``text``: it in words;
        * ``prominence``: how many statements there are of the object; 0 for a value;
        * ``objects``: how many the property has in all;
        * ``information``, in nats: the logarithm of the share of entities that have the same object, by
          the share of the question's options that lack it, itself counted among these.
    """
    entities = asked.select("entity").unique().sort("entity")
    stated = pl.concat([_relations(entities, side), _attributes(entities, side.graph)])
    property_of = ["entity", *PROPERTY]
    looked_at = (
        stated.with_columns(objects=pl.len().over(property_of))
        .sort(
            [*property_of, "sharing", "prominence", "object"],
            descending=[False, False, False, False, True, False],
        )
        .group_by(property_of, maintain_order=True)
        .head(_OBJECTS_LOOKED_AT)
    )
    options = asked.group_by("question").len("options")
    having = pl.len().over("question", *PROPERTY, "object")
    narrowed = (max(side.graph.entity_count, 1) / pl.col("sharing")).log()
    return (
        asked.join(looked_at, on="entity", how="inner", maintain_order="left_right")
        .join(options, on="question", how="left", maintain_order="left")
        .with_columns(information=narrowed * (pl.col("options") - having + 1) / pl.col("options"))
        .drop("entity", "sharing", "options")
    )


def _relations(entities: pl.DataFrame, side: Side) -> pl.DataFrame:
    graph = side.graph
    triples = graph.triples.filter(pl.col("head") != pl.col("tail"))
    both_ways = [
        (triples.select(entity="head", property="relation", object="tail"), 0),
        (triples.select(entity="tail", property="relation", object="head"), graph.relation_count),
    ]
    prominence = (
        pl.concat([rows.select("object") for rows, _ in both_ways]).group_by("object").len("prominence")
    )
    parts = [
        _shared(rows, entities, "object").with_columns((pl.col("property") + shift).cast(pl.UInt32))
        for rows, shift in both_ways
    ]
    labels = side.names.labels.select(object="entity", text="label")
    return (
        pl.concat(parts)
        .join(prominence, on="object", how="left")
        .join(labels, on="object", how="inner")
        .select(
            "entity", "property", pl.lit(False).alias("literal"), "object", "text", "prominence", "sharing"
        )
    )


def _attributes(entities: pl.DataFrame, graph: KnowledgeGraph) -> pl.DataFrame:
    rows = graph.attributes.select("entity", property="attribute", text="value")
    return _shared(rows, entities, "text").select(
        "entity",
        "property",
        pl.lit(True).alias("literal"),
        pl.col("text").rank("dense").cast(pl.UInt32).alias("object"),
        "text",
        pl.lit(0, pl.UInt32).alias("prominence"),
        "sharing",
    )


def _shared(rows: pl.DataFrame, entities: pl.DataFrame, stated: str) -> pl.DataFrame:
    """The *rows* of *entities*, each once, and how many entities share what they have *stated*."""
    key = ["property", stated]
    own = rows.join(entities, on="entity", how="semi").unique()
    crowd = rows.join(own, on=key, how="semi").group_by(key).agg(sharing=pl.col("entity").n_unique())
    return own.join(crowd, on=key, how="left")
