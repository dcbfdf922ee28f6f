"""``kgalign report``."""

from __future__ import annotations

from pathlib import Path

import click

from kgalign.cli.output import print_json, print_rows
from kgalign.files import atomic_file
from kgalign.report import Contents, ReportOptions, report_page

_DEFAULTS = ReportOptions()


@click.command()
@click.argument("run", type=click.Path())
@click.option("--fused", type=click.Path(), metavar="DIR", help="What 'kgalign fuse' made of the run.")
@click.option("--reference", type=click.Path(), metavar="FILE", help="Links known to be right.")
@click.option(
    "-o", "--output", type=click.Path(), required=True, metavar="FILE.html", help="The page to write."
)
@click.option(
    "--most-pairs",
    type=click.IntRange(1),
    default=_DEFAULTS.most_pairs,
    show_default=True,
    help="Pairs in the viewer; of more, the least probable are kept.",
)
@click.option(
    "--most-evidence",
    type=click.IntRange(0),
    default=_DEFAULTS.most_evidence,
    show_default=True,
    help="Matched neighbours, and shared values, of each pair.",
)
@click.option(
    "--most-listed",
    type=click.IntRange(1),
    default=_DEFAULTS.most_listed,
    show_default=True,
    help="Rows in each of the tables of clusters, suspicious items and conflicts.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
def report(
    run: str, fused: str | None, reference: str | None, output: str, as_json: bool, **limits: int
) -> None:
    """Show RUN, a run's folder, in one HTML file that needs no network."""
    page = report_page(Contents.read(run, fused, reference), ReportOptions(**limits))
    path = Path(output)
    with atomic_file(path) as scratch:
        scratch.write_text(page.html, "utf-8", newline="\n")
    size = path.stat().st_size
    if as_json:
        print_json(
            {
                "command": "report",
                "output": str(path),
                "pairs": len(page.keys),
                "pairs_left_out": page.left_out,
                "bytes": size,
            }
        )
    else:
        left_out = f", {page.left_out:,} left out" if page.left_out else ""
        print_rows(
            [
                ("pairs", f"{len(page.keys):,} in the viewer{left_out}"),
                ("written", f"{path} ({size:,} bytes)"),
            ]
        )
