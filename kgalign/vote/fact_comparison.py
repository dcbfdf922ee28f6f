"""What compares across the two graphs: properties that correspond, and objects that are the same."""

from __future__ import annotations

import polars as pl

from kgalign.align.naming import relation_names
from kgalign.vote.fact_names import UNSPEAKING, GraphNames, folded
from kgalign.vote.fact_statements import OBJECT, Side

_CORRESPONDENCE = pl.Schema({"relation": pl.UInt32, "counterpart": pl.UInt32, "weight": pl.Float64})
_SAME = pl.Schema({"literal": pl.Boolean, "object": pl.UInt32, "counterpart": pl.UInt32})


def corresponding(first: GraphNames, second: GraphNames, found: pl.DataFrame | None) -> pl.DataFrame:
    """How well properties of the two graphs compare.

    Args:
        first: names of the first graph.
        second: names of the second.
        found: ``relation``, ``counterpart`` (IRIs, ``^`` before that of an inverse relation), ``forward``
            and ``backward``, as a run's ``relations.parquet`` has them; None if there are none.

    Returns:
        ``relation``, ``counterpart`` (numbers; inverse relations come after the others), ``weight``: 1 for
        those that are called the same, else the larger containment of the two; each pair once.
    """
    parts = [_called_the_same(first, second)]
    if found is not None:
        parts.append(
            found.join(_numbered(first, "relation"), on="relation", how="inner")
            .join(_numbered(second, "counterpart"), on="counterpart", how="inner")
            .select(
                relation="relation_number",
                counterpart="counterpart_number",
                weight=pl.max_horizontal("forward", "backward").clip(0, 1),
            )
            .cast(_CORRESPONDENCE)
        )
    return (
        pl.concat(parts)
        .group_by("relation", "counterpart")
        .agg(pl.max("weight"))
        .sort("relation", "counterpart")
    )


def comparable(
    sources: pl.DataFrame, targets: pl.DataFrame, correspondence: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """How well each property of a question compares with some property of the other side.

    Args:
        sources: statements of the sources.
        targets: statements of the candidates.
        correspondence: see :func:`corresponding`.

    Returns:
        ``question``, ``property`` and ``weight`` of the sources' properties and of the candidates';
        those that compare with nothing are missing.
    """
    of_targets = targets.select("question", counterpart="property").unique()
    met = (
        sources.select("question", relation="property")
        .unique()
        .join(correspondence, on="relation", how="inner")
        .join(of_targets, on=["question", "counterpart"], how="semi")
    )
    return (
        met.group_by("question", property="relation").agg(pl.max("weight")),
        met.group_by("question", property="counterpart").agg(pl.max("weight")),
    )


def echoed(
    sources: pl.DataFrame,
    targets: pl.DataFrame,
    first: Side,
    second: Side,
    matches: pl.DataFrame | None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Which objects are stated on both sides of a question, whatever the property.

    Args:
        sources: statements of the sources.
        targets: statements of the candidates.
        first: the sources' graph.
        second: the candidates' graph.
        matches: ``source`` and ``target``: entities believed to be the same; None if none are known.
            Those that are called the same are taken for the same besides.

    Returns:
        ``question``, ``literal``, ``object`` and ``echoes`` (how many options state the same) of the
        sources' objects and of the candidates'.
    """
    same = pl.concat(
        [
            _same_names(sources, targets, first, second),
            _same_values(sources, targets),
            *([] if matches is None else [_matched(matches)]),
        ]
    ).unique()
    of_targets = targets.select("question", "option", "literal", counterpart="object").unique()
    met = (
        sources.select("question", *OBJECT)
        .unique()
        .join(same, on=OBJECT, how="inner")
        .join(of_targets, on=["question", "literal", "counterpart"], how="inner")
    )
    echoes = pl.col("option").n_unique().alias("echoes")
    return (
        met.group_by("question", *OBJECT).agg(echoes),
        met.group_by("question", "literal", object="counterpart").agg(echoes),
    )


def _matched(matches: pl.DataFrame) -> pl.DataFrame:
    return matches.select(literal=pl.lit(False), object="source", counterpart="target").cast(_SAME)


def _same_names(sources: pl.DataFrame, targets: pl.DataFrame, first: Side, second: Side) -> pl.DataFrame:
    named = [
        side.names.entities.join(
            rows.filter(~pl.col("literal")), left_on="entity", right_on="object", how="semi"
        )
        for rows, side in ((sources, first), (targets, second))
    ]
    return (
        named[0]
        .select("folded", object="entity")
        .join(named[1].select("folded", counterpart="entity"), on="folded", how="inner")
        .select(pl.lit(False).alias("literal"), "object", "counterpart")
        .cast(_SAME)
    )


def _same_values(sources: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    stated = [
        rows.filter("literal").select("object", folded=folded(pl.col("text"))).unique()
        for rows in (sources, targets)
    ]
    return (
        stated[0]
        .join(stated[1].rename({"object": "counterpart"}), on="folded", how="inner")
        .select(pl.lit(True).alias("literal"), "object", "counterpart")
        .cast(_SAME)
    )


def _numbered(names: GraphNames, column: str) -> pl.DataFrame:
    return relation_names(names.graph).alias(column).to_frame().with_row_index(f"{column}_number")


def _called_the_same(first: GraphNames, second: GraphNames) -> pl.DataFrame:
    sides = [
        pl.DataFrame({"name": pl.Series(names.relations, dtype=pl.String)})
        .with_columns(folded(pl.col("name")))
        .with_row_index(column)
        .filter(pl.col("name") != UNSPEAKING)
        for names, column in ((first, "relation"), (second, "counterpart"))
    ]
    return (
        sides[0]
        .join(sides[1], on="name")
        .select("relation", "counterpart", weight=pl.lit(1.0))
        .cast(_CORRESPONDENCE)
    )
