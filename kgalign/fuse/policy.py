"""Which of two values that contradict each other is kept."""

from __future__ import annotations

import datetime

import polars as pl

from kgalign.fuse.options import FuseOptions
from kgalign.fuse.sources import Sources

_STATED = ["subject", "relation", "entity", "term"]


def with_kept(
    found: pl.DataFrame, terms: pl.DataFrame, sources: Sources, options: FuseOptions
) -> pl.DataFrame:
    """*found* with ``lost_a`` and ``lost_b``: whether the policy leaves the value out.

    A value that loses against another is left out of the entity's statements altogether, also where a
    further graph states it: a value has one fate.

    Args:
        found: conflicts: ``subject``, ``relation``, ``entity``, ``a``, ``b``, ``term_a``, ``term_b``.
        terms: every statement once for each graph (``subject``, ``relation``, ``entity``, ``term``,
            ``graph``), which tells the sources of a value.
        sources: the graphs.
        options: the policy.

    Raises:
        InputError: if the policy names a graph that isn't there.
    """
    weight = _weights(terms, sources, options)
    table = found
    for side in ("a", "b"):
        table = table.join(
            weight.rename({"term": f"term_{side}", "weight": f"weight_{side}"}),
            on=[*_STATED[:3], f"term_{side}"],
            how="left",
            maintain_order="left",
        )
    weaker = [pl.col(f"weight_{own}") < pl.col(f"weight_{other}") for own, other in (("a", "b"), ("b", "a"))]
    table = table.with_columns(lost_a=weaker[0], lost_b=weaker[1])
    lost = pl.concat(
        [
            table.filter(f"lost_{side}").select(*_STATED[:3], term=f"term_{side}").unique()
            for side in ("a", "b")
        ]
    ).unique()
    for side in ("a", "b"):
        gone = lost.rename({"term": f"term_{side}"}).with_columns(gone=True)
        table = (
            table.join(gone, on=[*_STATED[:3], f"term_{side}"], how="left", maintain_order="left")
            .with_columns(pl.col("gone").fill_null(False).alias(f"lost_{side}"))
            .drop("gone")
        )
    return table.drop("weight_a", "weight_b")


def _weights(terms: pl.DataFrame, sources: Sources, options: FuseOptions) -> pl.DataFrame:
    """``subject``, ``relation``, ``entity``, ``term`` and ``weight``: the heavier of two values is kept."""
    grouped = terms.group_by(_STATED)
    if options.on_conflict == "most-sources":
        return grouped.agg(weight=pl.col("graph").n_unique().cast(pl.Int64))
    rank = _ranks(sources, options)
    ranked = terms.with_columns(weight=pl.col("graph").replace_strict(rank, return_dtype=pl.Int64))
    return ranked.group_by(_STATED).agg(pl.max("weight"))


def _ranks(sources: Sources, options: FuseOptions) -> dict[int, int]:
    """How much each graph weighs, by position."""
    everyone = range(len(sources.names))
    if options.on_conflict == "prefer":
        wanted = [sources.position(name, "--prefer") for name in options.prefer]
        return {graph: len(wanted) - wanted.index(graph) if graph in wanted else 0 for graph in everyone}
    if options.on_conflict == "newest":
        dates = {sources.position(name, "--date"): date for name, date in options.dates.items()}
        if not dates:
            return {graph: graph for graph in everyone}
        days = {graph: dates.get(graph, datetime.date.min).toordinal() for graph in everyone}
        return days
    return dict.fromkeys(everyone, 0)
