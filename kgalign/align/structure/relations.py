"""Which relation of one graph corresponds to which of the other, learnt from matched entities.

PARIS (Suchanek, Abiteboul and Senellart 2011) estimates for each pair of relations how much of the
one is contained in the other: of the edges whose two ends are matched, how many does the other
graph have too? Attributes take part through the values that both graphs state.
"""

from __future__ import annotations

import polars as pl

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
    mapped = _mapped(first, matches)
    shared = (
        mapped.join(
            second.edges.select(
                pl.col("entity").alias("mapped"),
                pl.col("neighbour").alias("mapped_neighbour"),
                pl.col("relation").alias("counterpart"),
            ),
            on=["mapped", "mapped_neighbour"],
        )
        .group_by("relation", "counterpart")
        .agg(pl.sum("fixed"))
    )
    totals = [
        edges.group_by("relation").agg(total=pl.sum("fixed"))
        for edges in (mapped, _mapped(second, backwards))
    ]
    return (
        shared.join(totals[0], on="relation")
        .join(totals[1].rename({"relation": "counterpart", "total": "other"}), on="counterpart")
        .select(
            "relation",
            "counterpart",
            forward=_share(pl.col("fixed"), pl.col("total")),
            backward=_share(pl.col("fixed"), pl.col("other")),
        )
        .sort("relation", "counterpart")
    )


def _mapped(graph: Neighbourhood, matches: pl.DataFrame) -> pl.DataFrame:
    ends = matches.select("source", "target", "weight")
    return (
        graph.edges.join(
            ends.rename({"source": "entity", "target": "mapped", "weight": "entity_weight"}), on="entity"
        )
        .join(
            ends.rename({"source": "neighbour", "target": "mapped_neighbour"}),
            on="neighbour",
        )
        .select(
            "relation",
            "mapped",
            "mapped_neighbour",
            fixed=fixed_point(pl.col("weight") * pl.col("entity_weight")),
        )
    )


def _share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return (part / FIXED_POINT) / (whole / FIXED_POINT + _DOUBT)
