"""What a language model is told of each entity: the facts that identify it best, most telling first.

A fact is a line: a property with its objects, an attribute with its values or a relation with its
neighbours. Facts are ranked by how few entities share an object (the functionality of the property, as
in LLM-Align, arXiv 2412.04690, and PARIS), by how the candidates of a question differ in it, and by
whether the other side states something to compare it with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from kgalign.align.structure.neighbourhood import FIXED_POINT, fixed_point
from kgalign.vote.fact_comparison import comparable, echoed
from kgalign.vote.fact_statements import OBJECT, Side, statements
from kgalign.vote.question import Question

SOURCE_OPTION = -1
MOST_OBJECTS = 3
# What a property that corresponds to nothing on the other side counts, beside one that does in full.
_INCOMPARABLE = 0.5
# Shorter values say little by themselves: that two properties have them is no repetition.
_SHORT_VALUE = 4

FACT_SCHEMA = pl.Schema(
    [
        ("question", pl.UInt32()),
        ("option", pl.Int32()),
        ("property", pl.UInt32()),
        ("literal", pl.Boolean()),
        ("objects", pl.List(pl.String())),
        ("more", pl.UInt32()),
        ("score", pl.Float64()),
    ]
)
_LINE = ["question", "option", "property", "literal"]


@dataclass(frozen=True)
class Comparison:
    """The two graphs and what is known to compare.

    Attributes:
        first: the sources' graph.
        second: the candidates' graph.
        correspondence: of properties: see :func:`~kgalign.vote.fact_comparison.corresponding`.
        matches: ``source`` and ``target``: entities believed to be the same; None if none are known.
    """

    first: Side
    second: Side
    correspondence: pl.DataFrame
    matches: pl.DataFrame | None = None


def facts(questions: Sequence[Question], comparison: Comparison, most: int) -> pl.DataFrame:
    """The facts that identify each question's source and candidates best.

    Args:
        questions: what is asked.
        comparison: the graphs.
        most: facts of an entity to give, of its attributes and of its relations each.

    Returns:
        Columns as in :data:`FACT_SCHEMA`, by question, option and falling score. A source's ``option`` is
        :data:`SOURCE_OPTION`. ``objects`` holds at most :data:`MOST_OBJECTS` texts, and ``more`` tells
        how many others there are.
    """
    first, second = comparison.first, comparison.second
    of_sources, of_targets = _asked(questions)
    options = of_targets.group_by("question").len("options")
    sources, targets = statements(of_sources, first), statements(of_targets, second)
    weights = comparable(sources, targets, comparison.correspondence)
    echoes = echoed(sources, targets, first, second, comparison.matches)
    # An object that all candidates echo tells them apart little better than one that none does.
    differing = (pl.col("options") - pl.col("echoes") + 1) / pl.col("options")
    ranked = [
        _lines(
            items,
            weight,
            echo.join(options, on="question").select("question", *OBJECT, echo=differing),
            most,
        )
        for items, weight, echo in zip((sources, targets), weights, echoes, strict=True)
    ]
    return pl.concat(ranked).sort(
        ["question", "option", "score", "literal", "property"], descending=[False, False, True, True, False]
    )


def _asked(questions: Sequence[Question]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The sources and the candidates: ``question`` (its number), ``option``, ``entity``."""
    schema = pl.Schema([("question", pl.UInt32()), ("option", pl.Int32()), ("entity", pl.UInt32())])
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


def _lines(items: pl.DataFrame, weights: pl.DataFrame, echoes: pl.DataFrame, most: int) -> pl.DataFrame:
    """The best lines of each entity's statements, *most* of each kind."""
    comparable = _INCOMPARABLE + (1 - _INCOMPARABLE) * pl.col("weight").fill_null(0.0)
    # Of many objects few are shown, and seldom the same ones on both sides.
    crowded = 1 + (pl.col("objects") / MOST_OBJECTS).clip(1).log()
    echo = 1 + pl.col("echo").fill_null(0.0)
    # The last bits of a logarithm depend on its place in the column, and would turn ties into an order.
    score = fixed_point(pl.col("information") * comparable * echo / crowded) / FIXED_POINT
    weighed = (
        items.join(weights, on=["question", "property"], how="left")
        .join(echoes, on=["question", *OBJECT], how="left")
        .with_columns(
            score=score,
            stated=pl.len().over(_LINE),
        )
        .sort(
            ["question", "option", "score", "prominence", "property", "literal", "object"],
            descending=[False, False, True, True, False, False, False],
        )
    )
    told = pl.len().clip(0, MOST_OBJECTS)
    left_out = pl.col("objects").first().cast(pl.Int64) - pl.col("stated").first() + pl.len() - told
    return (
        _each_object_once(weighed)
        .group_by(_LINE, maintain_order=True)
        .agg(pl.col("text").head(MOST_OBJECTS), more=left_out, score=pl.col("score").first())
        .filter(pl.int_range(pl.len()).over("question", "option", "literal") < most)
        .select(*_LINE, pl.col("text").alias("objects"), "more", "score")
        .cast(FACT_SCHEMA)
    )


def _each_object_once(weighed: pl.DataFrame) -> pl.DataFrame:
    """Those of *weighed* statements that tell most of their entity and object.

    Graphs often say the same by several properties, or by a property and its inverse.
    """
    short = pl.col("literal") & (pl.col("text").str.len_chars() < _SHORT_VALUE)
    return (
        weighed.with_columns(of_property=pl.when(short).then("property"))
        .unique(["question", "option", *OBJECT, "of_property"], keep="first", maintain_order=True)
        .drop("of_property")
    )
