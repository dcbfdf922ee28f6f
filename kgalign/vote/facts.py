"""What a language model is told of each entity: the facts that identify it best, most telling first.

A fact is a line: a property with its objects, an attribute with its values or a relation with its
neighbours. Facts are ranked by how few entities share an object (the functionality of the property, as
in LLM-Align, arXiv 2412.04690, and PARIS), by how the candidates of a question differ in it, and by
whether the other side states something that compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from kgalign.kg import KnowledgeGraph
from kgalign.vote.fact_names import GraphNames
from kgalign.vote.question import Question

SOURCE_OPTION = -1
MOST_OBJECTS = 3
# An entity's objects of one property that are looked at, the most telling first: a hub has thousands.
_OBJECTS_LOOKED_AT = 20
# How much a property that nothing on the other side corresponds to counts for less.
_INCOMPARABLE = 0.5

FACT_SCHEMA = pl.Schema(
    {
        "question": pl.UInt32,
        "option": pl.Int32,
        "property": pl.UInt32,
        "literal": pl.Boolean,
        "objects": pl.List(pl.String()),
        "more": pl.UInt32,
        "score": pl.Float64,
    }
)
_ITEM = ("question", "option", "property", "literal")


@dataclass(frozen=True)
class Side:
    """One graph, as facts are taken from it.

    Attributes:
        graph: the graph.
        names: how its entities and relations are called.
    """

    graph: KnowledgeGraph
    names: GraphNames


def asked_entities(questions: Sequence[Question]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The sources and the candidates of *questions*: ``question`` (its number), ``option``, ``entity``.

    A source's option is :data:`SOURCE_OPTION`.
    """
    schema = {"question": pl.UInt32, "option": pl.Int32, "entity": pl.UInt32}
    sources = [(number, SOURCE_OPTION, asked.source) for number, asked in enumerate(questions)]
    targets = [
        (number, option, target)
        for number, asked in enumerate(questions)
        for option, target in enumerate(asked.targets)
    ]
    return (
        pl.DataFrame(sources, schema=schema, orient="row"),
        pl.DataFrame(targets, schema=schema, orient="row"),
    )


def facts(
    questions: Sequence[Question],
    first: Side,
    second: Side,
    correspondence: pl.DataFrame,
    most: int,
) -> pl.DataFrame:
    """The facts that identify each question's source and candidates best.

    Args:
        questions: what is asked.
        first: the sources' graph.
        second: the candidates' graph.
        correspondence: ``relation``, ``counterpart`` (numbers of the first and second graph, inverse
            relations after the others) and ``weight``, 0 to 1: how well they compare.
        most: facts of an entity to give, of its attributes and of its relations each.

    Returns:
        Columns as in :data:`FACT_SCHEMA`, by question, option and falling score: ``objects`` holds at most
        :data:`MOST_OBJECTS` texts, and ``more`` tells how many others there are.
    """
    asked = asked_entities(questions)
    items = [_items(rows, side) for rows, side in zip(asked, (first, second), strict=True)]
    weights = _comparable(*items, correspondence)
    ranked = [
        _lines(rows, weight, side, most)
        for rows, weight, side in zip(items, weights, (first, second), strict=True)
    ]
    return pl.concat(ranked).sort(
        ["question", "option", "score", "literal", "property"], descending=[False, False, True, True, False]
    )


def _items(asked: pl.DataFrame, side: Side) -> pl.DataFrame:
    """Statements of the *asked* entities, with the information that each gives.

    Returns:
        ``question``, ``option``, ``property``, ``literal``, ``object`` (an entity or, of an attribute, the
        number of a value), ``text``, ``prominence``, ``objects`` (how many of them the property has)
        and ``information``.
    """
    entities = asked.select("entity").unique().sort("entity")
    stated = pl.concat([_relations(entities, side), _attributes(entities, side.graph)])
    order = ["sharing", "prominence", "object"]
    looked_at = (
        stated.with_columns(objects=pl.len().over("entity", "property", "literal"))
        .sort(["entity", "property", "literal", *order], descending=[False] * 4 + [True, False])
        .group_by("entity", "property", "literal", maintain_order=True)
        .head(_OBJECTS_LOOKED_AT)
    )
    rows = asked.join(looked_at, on="entity", how="inner", maintain_order="left_right")
    population = max(side.graph.entity_count, 1)
    options = pl.col("option").n_unique().over("question")
    having = pl.len().over("question", "property", "literal", "object")
    return rows.with_columns(
        information=(population / pl.col("sharing")).log() * (options - having + 1) / options
    ).drop("sharing", "entity")


def _relations(entities: pl.DataFrame, side: Side) -> pl.DataFrame:
    graph = side.graph
    triples = graph.triples.filter(pl.col("head") != pl.col("tail"))
    directed = [
        (triples.select(entity="head", property="relation", object="tail"), 0),
        (triples.select(entity="tail", property="relation", object="head"), graph.relation_count),
    ]
    degree = pl.concat([rows.select("object") for rows, _ in directed]).group_by("object").len("prominence")
    parts = []
    for rows, shift in directed:
        own = rows.join(entities, on="entity", how="semi", maintain_order="left")
        crowd = (
            rows.join(own.select("property", "object").unique(), on=["property", "object"], how="semi")
            .group_by("property", "object")
            .len("sharing")
        )
        parts.append(
            own.join(crowd, on=["property", "object"], how="left", maintain_order="left").with_columns(
                (pl.col("property") + shift).cast(pl.UInt32)
            )
        )
    labels = side.names.labels.select(
        object="entity", text=pl.concat_str("label", "english", separator=" / ", ignore_nulls=True)
    )
    return (
        pl.concat(parts)
        .join(degree, on="object", how="left", maintain_order="left")
        .join(labels, on="object", how="inner", maintain_order="left")
        .select(
            "entity", "property", pl.lit(False).alias("literal"), "object", "text", "prominence", "sharing"
        )
    )


def _attributes(entities: pl.DataFrame, graph: KnowledgeGraph) -> pl.DataFrame:
    stated = graph.attributes.select("entity", property="attribute", text="value").unique()
    own = stated.join(entities, on="entity", how="semi")
    crowd = (
        stated.join(own.select("property", "text").unique(), on=["property", "text"], how="semi")
        .group_by("property", "text")
        .len("sharing")
    )
    return own.join(crowd, on=["property", "text"], how="left").select(
        "entity",
        "property",
        pl.lit(True).alias("literal"),
        pl.col("text").rank("dense").cast(pl.UInt32).alias("object"),
        "text",
        pl.lit(0, pl.UInt32).alias("prominence"),
        "sharing",
    )


def _comparable(
    sources: pl.DataFrame, targets: pl.DataFrame, correspondence: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """How well each property of a question compares with some property of the other side."""
    met = (
        sources.select("question", relation="property")
        .unique()
        .join(correspondence, on="relation", how="inner")
        .join(
            targets.select("question", counterpart="property").unique(),
            on=["question", "counterpart"],
            how="semi",
        )
    )
    return (
        met.group_by("question", property="relation").agg(pl.max("weight")),
        met.group_by("question", property="counterpart").agg(pl.max("weight")),
    )


def _lines(items: pl.DataFrame, weights: pl.DataFrame, side: Side, most: int) -> pl.DataFrame:
    comparable = _INCOMPARABLE + (1 - _INCOMPARABLE) * pl.col("weight").fill_null(0.0)
    # Of many objects few are shown, and seldom the same ones on both sides.
    crowded = 1 + (pl.col("objects") / MOST_OBJECTS).clip(1).log()
    weighed = (
        items.join(weights, on=["question", "property"], how="left", maintain_order="left")
        .with_columns(score=pl.col("information") * comparable / crowded)
        .sort(
            ["question", "option", "score", "prominence", "property", "literal", "object"],
            descending=[False, False, True, True, False, False, False],
        )
    )
    # A neighbour is named once, by the relation that tells most.
    once = weighed.unique(["question", "option", "literal", "object"], keep="first", maintain_order=True)
    lines = once.group_by(_ITEM, maintain_order=True).agg(
        pl.col("text").head(MOST_OBJECTS).alias("texts"),
        more=(pl.col("objects").first().cast(pl.Int64) - MOST_OBJECTS).clip(0),
        score=pl.col("score").first(),
    )
    return (
        lines.group_by("question", "option", "literal", maintain_order=True)
        .head(most)
        .select(*_ITEM, pl.col("texts").alias("objects"), "more", "score")
        .cast(FACT_SCHEMA)
    )
