"""Which part of a reference speaks about which two graphs of a finished run."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from kgalign.align.links import GRAPH_COLUMNS


def judged_pairs(
    links: pl.DataFrame, reference: pl.DataFrame, tables: Sequence[pl.DataFrame]
) -> tuple[list[tuple[pl.DataFrame, pl.DataFrame]], int]:
    """Put links beside the reference links of their two graphs.

    Args:
        links: ``source``, ``target``, ``source_graph``, ``target_graph``.
        reference: ``source`` and ``target``. Of links between two graphs only, all of it belongs to
            them. Of more, it may give its links in either direction, and the entities' graphs tell
            where they belong.
        tables: more links or candidates, which tell the graphs of the entities that they name.

    Returns:
        The links and the reference links of each two graphs that *links* name, and the number of
        reference links that belong nowhere.
    """
    pairs = links.select(GRAPH_COLUMNS).unique().sort(GRAPH_COLUMNS)
    if pairs.height < 2:
        return [(links, reference)], 0
    known = _by_graphs(reference, pairs, _graph_of_entities([links, *tables]))
    parts = [(_of_pair(links, pair), _of_pair(known, pair)) for pair in pairs.iter_rows()]
    return parts, reference.height - known["row"].n_unique()


def _by_graphs(reference: pl.DataFrame, pairs: pl.DataFrame, graph_of: pl.DataFrame) -> pl.DataFrame:
    """*reference* with ``row`` and the two graphs of each link, turned as in *pairs*."""
    known = reference.select("source", "target").with_row_index("row")
    for side, column in zip(("source", "target"), GRAPH_COLUMNS, strict=True):
        known = known.join(graph_of.rename({"entity": side, "graph": column}), on=side, maintain_order="left")
    sides = ["source", "target", *GRAPH_COLUMNS]
    turned = dict(zip(sides, ["target", "source", *reversed(GRAPH_COLUMNS)], strict=True))
    return (
        pl.concat([known, known.rename(turned).select(known.columns)])
        .unique(["row", *GRAPH_COLUMNS], keep="first", maintain_order=True)
        .join(pairs, on=GRAPH_COLUMNS, how="semi", maintain_order="left")
    )


def _graph_of_entities(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The graph of each entity that a link or candidate names: ``entity``, ``graph``."""
    sides = [
        table.select(pl.col(side).alias("entity"), pl.col(column).alias("graph"))
        for table in tables
        for side, column in zip(("source", "target"), GRAPH_COLUMNS, strict=True)
    ]
    return pl.concat(sides).unique(maintain_order=True)


def _of_pair(table: pl.DataFrame, pair: Sequence[str]) -> pl.DataFrame:
    return table.filter(
        pl.all_horizontal(pl.col(column) == name for column, name in zip(GRAPH_COLUMNS, pair, strict=True))
    )
