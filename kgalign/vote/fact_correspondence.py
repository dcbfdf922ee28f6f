"""Which properties of the two graphs compare: those found in a run, and those that are called the same."""

from __future__ import annotations

import polars as pl

from kgalign.align.naming import relation_names
from kgalign.vote.fact_names import UNSPEAKING, GraphNames

_SCHEMA = pl.Schema({"relation": pl.UInt32, "counterpart": pl.UInt32, "weight": pl.Float64})


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
            .cast(_SCHEMA)
        )
    return (
        pl.concat(parts)
        .group_by("relation", "counterpart")
        .agg(pl.max("weight"))
        .sort("relation", "counterpart")
    )


def _numbered(names: GraphNames, column: str) -> pl.DataFrame:
    return relation_names(names.graph).alias(column).to_frame().with_row_index(f"{column}_number")


def _called_the_same(first: GraphNames, second: GraphNames) -> pl.DataFrame:
    sides = [
        pl.DataFrame({"name": pl.Series(names.relations, dtype=pl.String)})
        .with_columns(pl.col("name").str.normalize("NFKC").str.to_lowercase())
        .with_row_index(column)
        .filter(pl.col("name") != UNSPEAKING)
        for names, column in ((first, "relation"), (second, "counterpart"))
    ]
    return (
        sides[0].join(sides[1], on="name").select("relation", "counterpart", weight=pl.lit(1.0)).cast(_SCHEMA)
    )
