"""In which order a person is best asked about pairs: first those whose answer teaches most."""

from __future__ import annotations

import polars as pl

from kgalign.align.links import GRAPH_COLUMNS

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

# What an anchor decided, or follows from other links, is not asked about.
_SETTLED_METHODS = ("seed", "same-iri", "confirmed")
_FIXED_POINT = float(1 << 24)


def review_order(links: pl.DataFrame, candidates: pl.DataFrame | None = None) -> pl.DataFrame:
    """Order the pairs to ask a person about by how much a decision would teach.

    Args:
        links: a run's table of links (``links.parquet``).
        candidates: a run's table of candidates, or None to do without.

    Returns:
        ``source``, ``target``, ``source_graph``, ``target_graph``, ``probability`` and ``value``, the
        pair to ask about first in the first row; each pair once.
    """
    open_links = links.filter(~pl.col("method").is_in(_SETTLED_METHODS))
    return (
        open_links.with_columns(value=4 * pl.col("probability") * (1 - pl.col("probability")))
        .select(REVIEW_SCHEMA.names())
        .sort("value", *GRAPH_COLUMNS, "source", "target", descending=[True, *[False] * 4])
        .cast(REVIEW_SCHEMA)
    )
