"""``kgalign evaluate``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import polars as pl

from kgalign.align import read_pairs
from kgalign.align.links import GRAPH_COLUMNS
from kgalign.align.run_files import CANDIDATES, LINKS
from kgalign.cli.metrics import describe_links, link_keys
from kgalign.cli.output import print_json, print_rows
from kgalign.errors import InputError
from kgalign.evaluate import LinkMetrics, link_metrics, pooled_link_metrics


@click.command()
@click.argument("links", type=click.Path())
@click.argument("reference", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
def evaluate(links: str, reference: str, as_json: bool) -> None:
    """Score LINKS (a run's folder, links.parquet, or any link file) against REFERENCE.

    Links are judged only where the reference knows their source or their target. In a run on more
    than two graphs the links of all pairs are scored together, each by what the reference says of
    its two graphs; there the reference may give its links in either direction.
    """
    metrics = _metrics(Path(links), read_pairs(reference))
    if as_json:
        print_json(
            {
                "command": "evaluate",
                **link_keys(metrics),
                "correct": metrics.correct,
                "judged": metrics.judged,
                "expected": metrics.expected,
            }
        )
    else:
        print_rows([describe_links(metrics)])


def _metrics(path: Path, reference: pl.DataFrame) -> LinkMetrics:
    table = path / LINKS if path.is_dir() else path
    if table.suffix != ".parquet":
        return link_metrics(read_pairs(table), reference)
    links = _read_run(table)
    accepted = links.filter(pl.col("status") == "accepted")
    if not set(GRAPH_COLUMNS) <= set(links.columns) or links.select(GRAPH_COLUMNS).n_unique() < 2:
        return link_metrics(accepted, reference)
    beside = table.parent / CANDIDATES
    tables = [links, _read_run(beside)] if beside.is_file() else [links]
    return _metrics_of_many(accepted, reference, _graph_of_entities(tables))


def _metrics_of_many(links: pl.DataFrame, reference: pl.DataFrame, graph_of: pl.DataFrame) -> LinkMetrics:
    """Score each pair of graphs by its part of *reference*; links that name no pair are missed."""
    known = reference.select("source", "target").with_row_index("row")
    for side, column in zip(("source", "target"), GRAPH_COLUMNS, strict=True):
        known = known.join(graph_of.rename({"entity": side, "graph": column}), on=side, maintain_order="left")
    sides = ["source", "target", *GRAPH_COLUMNS]
    turned = dict(zip(sides, ["target", "source", *reversed(GRAPH_COLUMNS)], strict=True))
    pairs = links.select(GRAPH_COLUMNS).unique(maintain_order=True)
    named = (
        pl.concat([known, known.rename(turned).select(known.columns)])
        .unique(["row", *GRAPH_COLUMNS], keep="first", maintain_order=True)
        .join(pairs, on=GRAPH_COLUMNS, how="semi", maintain_order="left")
    )
    parts = [
        link_metrics(_of_pair(links, pair), _of_pair(named, pair))
        for pair in pairs.sort(GRAPH_COLUMNS).iter_rows()
    ]
    return pooled_link_metrics(parts, reference.height - named["row"].n_unique())


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


def _read_run(table: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(table)
    except FileNotFoundError:
        raise InputError(
            "there are no links here", path=table, remedy="name a run's folder or a link file"
        ) from None
    except (pl.exceptions.PolarsError, OSError):
        raise InputError("not a table of links", path=table, remedy="name a run's links.parquet") from None
