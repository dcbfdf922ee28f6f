"""In which order a person is best asked about pairs: first those whose answer teaches most.

A decision about a pair tells three things. It settles the pair itself, the more the less sure it was. A
confirmed pair speaks with full weight for its neighbours, a declined one no longer does, so that the
pairs whose evidence it is part of move, and those of them that are unsure may turn. And where a pair is
declined its rival rises, which is worth asking about only if that rival is likely to be right.
"""

from __future__ import annotations

import polars as pl

from kgalign.align.links import ANCHORED, GRAPH_COLUMNS
from kgalign.align.structure.neighbourhood import FIXED_POINT, fixed_point

REVIEW_SCHEMA = pl.Schema(
    {
        "source": pl.String,
        "target": pl.String,
        "source_graph": pl.String,
        "target_graph": pl.String,
        "probability": pl.Float64,
        "value": pl.Float64,
    }
)

_KEYS = (*GRAPH_COLUMNS, "source", "target")


def review_order(links: pl.DataFrame, candidates: pl.DataFrame | None = None) -> pl.DataFrame:
    """Order the pairs to ask a person about by how much a decision would teach.

    ``value`` is the pair's uncertainty, p (1 - p), times one plus the summed uncertainty of the pairs
    whose evidence it is part of, each by its share in that evidence; plus the probability that the pair
    is wrong and its source's next candidate right. The formula was chosen on zh_en's training links.

    Args:
        links: a run's table of links (``links.parquet``).
        candidates: a run's table of candidates; None to take the rivals that the links name.

    Returns:
        ``source``, ``target``, ``source_graph``, ``target_graph``, ``probability`` and ``value``, the
        pair to ask about first in the first row; each pair once. What was given, what a person
        confirmed, and what shares its IRI isn't asked about.
    """
    probability = pl.col("probability")
    table = links.with_columns(uncertainty=probability * (1 - probability))
    return (
        table.filter(~pl.col("method").is_in(ANCHORED))
        .join(_dependents(table), on=_KEYS, how="left", maintain_order="left")
        .join(_rivals(table, candidates), on=_KEYS, how="left", maintain_order="left")
        .with_columns(
            value=pl.col("uncertainty") * (1 + pl.col("dependents").fill_null(0.0))
            + pl.min_horizontal(1 - probability, pl.col("next_best").fill_null(0.0))
        )
        .select(REVIEW_SCHEMA.names())
        .sort("value", *_KEYS, descending=[True, *[False] * len(_KEYS)])
        .cast(REVIEW_SCHEMA)
    )


def _dependents(links: pl.DataFrame) -> pl.DataFrame:
    """The summed uncertainty of the pairs that each pair is evidence for, by its share: ``dependents``."""
    if "neighbours" not in links.columns:
        return links.select(*_KEYS, dependents=pl.lit(0.0))
    evidence = (
        links.select(*GRAPH_COLUMNS, "uncertainty", "neighbours")
        .with_columns(
            total=pl.col("neighbours").list.eval(pl.element().struct.field("information")).list.sum()
        )
        .filter(pl.col("total") > 0)
        .explode("neighbours")
        .unnest("neighbours")
    )
    share = pl.col("information") / pl.col("total")
    return (
        evidence.group_by(
            *GRAPH_COLUMNS, pl.col("neighbour").alias("source"), pl.col("counterpart").alias("target")
        )
        .agg(dependents=fixed_point(pl.col("uncertainty") * share).sum())
        .with_columns(pl.col("dependents") / FIXED_POINT)
    )


def _rivals(links: pl.DataFrame, candidates: pl.DataFrame | None) -> pl.DataFrame:
    """The probability of the best other candidate of each pair's source: ``next_best``."""
    if candidates is None:
        named = "rival_probability" in links.columns
        rival = pl.when(pl.col("rival_side") == "target").then("rival_probability") if named else pl.lit(None)
        return links.select(*_KEYS, next_best=rival.cast(pl.Float64))
    rest = candidates.select(*_KEYS, "probability").join(links, on=_KEYS, how="anti")
    of_source = [*GRAPH_COLUMNS, "source"]
    best = rest.group_by(of_source).agg(next_best=pl.max("probability"))
    return links.select(_KEYS).join(best, on=of_source, how="left", maintain_order="left")
