"""Which relation of one graph corresponds to which of the other, learnt from matched entities.

PARIS (Suchanek, Abiteboul and Senellart 2011) estimates for each pair of relations how much of the
one is contained in the other: of the edges whose two ends are matched, how many does the other
graph have too? Attributes take part through the values that match.
"""

from __future__ import annotations

import polars as pl

from kgalign.align.structure.matches import by_fan_out
from kgalign.align.structure.neighbourhood import FIXED_POINT, Neighbourhood, fixed_point

_DOUBT = 2.0


def correspondences(first: Neighbourhood, second: Neighbourhood, matches: pl.DataFrame) -> pl.DataFrame:
    """Containment of relations in each other, in both directions.

    Args:
        first: one graph's edges.
        second: the other's.
        matches: ``source``, ``target``, ``weight``: matched neighbours (entities and values).

    Returns:
        ``relation``, ``counterpart`` (numbers as in :class:`Neighbourhood`), ``forward`` (share of
        the first's edges found in the second) and ``backward`` (the converse), each in [0, 1) and
        drawn towards 0 where the edges are few.
    """
    backwards = matches.rename({"source": "target", "target": "source"})
    shared = _shared(first, second, matches)
    forward, backward = (
        shared.group_by("relation", "counterpart", *edge)
        .agg(pl.max("fixed"))
        .group_by("relation", "counterpart")
        .agg(pl.sum("fixed"))
        # An edge that meets several of the other graph's counts once.
        for edge in (["entity", "neighbour", "mapped"], ["mapped", "mapped_neighbour", "entity"])
    )
    return (
        forward.join(backward, on=["relation", "counterpart"], suffix="_backward")
        .join(_totals(first, matches), on="relation")
        .join(
            _totals(second, backwards).rename({"relation": "counterpart", "total": "other"}),
            on="counterpart",
        )
        .select(
            "relation",
            "counterpart",
            forward=_share(pl.col("fixed"), pl.col("total")),
            backward=_share(pl.col("fixed_backward"), pl.col("other")),
        )
        .sort("relation", "counterpart")
    )


def _shared(first: Neighbourhood, second: Neighbourhood, matches: pl.DataFrame) -> pl.DataFrame:
    """Pairs of edges whose ends are matched, with the product of the matches' weights."""
    own = first.edges.select("entity", "relation", "neighbour")
    other = second.edges.select(mapped="entity", counterpart="relation", mapped_neighbour="neighbour")
    entities = matches.select(entity="source", mapped="target", entity_weight="weight")
    forward, backward = by_fan_out(
        matches.select(neighbour="source", mapped_neighbour="target", weight="weight"),
        "neighbour",
        "mapped_neighbour",
    )
    found = (
        own.join(entities, on="entity")
        .join(forward, on="neighbour")
        .join(other, on=["mapped", "mapped_neighbour"])
    )
    if backward.height:
        rest = (
            other.join(entities, on="mapped")
            .join(backward, on="mapped_neighbour")
            .join(own, on=["entity", "neighbour"])
        )
        found = pl.concat([found, rest.select(found.columns)])
    return found.with_columns(fixed=fixed_point(pl.col("weight") * pl.col("entity_weight")))


def _totals(graph: Neighbourhood, matches: pl.DataFrame) -> pl.DataFrame:
    """``relation`` and ``total``: its edges with matched ends, by the weights of the matches."""
    neighbours = matches.group_by(neighbour="source").agg(pl.max("weight"))
    return (
        graph.edges.join(matches.select(entity="source", entity_weight="weight"), on="entity")
        .join(neighbours, on="neighbour")
        .group_by("relation")
        .agg(total=fixed_point(pl.col("weight") * pl.col("entity_weight")).sum())
    )


def _share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return (part / FIXED_POINT) / (whole / FIXED_POINT + _DOUBT)
