"""``kgalign evaluate``."""

from __future__ import annotations

from pathlib import Path

import click
import polars as pl

from kgalign.align import read_pairs
from kgalign.cli.metrics import describe_links, link_keys
from kgalign.cli.output import print_json, print_rows
from kgalign.errors import InputError
from kgalign.evaluate import link_metrics


@click.command()
@click.argument("links", type=click.Path())
@click.argument("reference", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
def evaluate(links: str, reference: str, as_json: bool) -> None:
    """Score LINKS (a run's folder, links.parquet, or any link file) against REFERENCE.

    Links are judged only where the reference knows their source or their target.
    """
    metrics = link_metrics(_read_links(Path(links)), read_pairs(reference))
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


def _read_links(path: Path) -> pl.DataFrame:
    table = path / "links.parquet" if path.is_dir() else path
    if table.suffix != ".parquet":
        return read_pairs(table)
    try:
        return pl.read_parquet(table).filter(pl.col("status") == "accepted")
    except FileNotFoundError:
        raise InputError(
            "there are no links here", path=table, remedy="name a run's folder or a link file"
        ) from None
    except (pl.exceptions.PolarsError, OSError):
        raise InputError("not a table of links", path=table, remedy="name a run's links.parquet") from None
