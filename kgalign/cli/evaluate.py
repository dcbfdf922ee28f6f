"""``kgalign evaluate``."""

from __future__ import annotations

from pathlib import Path

import click
import polars as pl

from kgalign.align import read_pairs
from kgalign.align.judged_pairs import judged_pairs
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
    parts, missed = judged_pairs(accepted, reference, tables)
    return pooled_link_metrics([link_metrics(found, expected) for found, expected in parts], missed)


def _read_run(table: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(table)
    except FileNotFoundError:
        raise InputError(
            "there are no links here", path=table, remedy="name a run's folder or a link file"
        ) from None
    except (pl.exceptions.PolarsError, OSError):
        raise InputError("not a table of links", path=table, remedy="name a run's links.parquet") from None
