"""``kgalign convert``."""

from __future__ import annotations

from pathlib import Path

import click
import polars as pl

from kgalign.align.conversion import LINK_FORMATS, LinkFormat, format_by_name, write_links
from kgalign.align.link_files import read_links
from kgalign.cli.options import PREDICATES
from kgalign.cli.output import print_json, print_rows
from kgalign.errors import InputError


@click.command()
@click.argument("links", metavar="IN", type=click.Path())
@click.argument("output", metavar="OUT", type=click.Path())
@click.option(
    "--to",
    "form",
    type=click.Choice(list(LINK_FORMATS)),
    help="The format of OUT; by default its name tells it.",
)
@click.option("--uncertain", is_flag=True, help="Write the uncertain links too, not only the accepted ones.")
@click.option(
    "--predicate",
    type=click.Choice(list(PREDICATES)),
    default="sameAs",
    show_default=True,
    help="What SSSOM calls links that name no predicate.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
def convert(
    links: str, output: str, form: LinkFormat | None, uncertain: bool, predicate: str, as_json: bool
) -> None:
    """Write the links of IN to OUT in another format.

    IN is a run's folder, its links.parquet, or any file of links: SSSOM TSV, OAEI Alignment RDF,
    owl:sameAs or skos:exactMatch in RDF, tab- or comma-separated values. OUT is SSSOM TSV (.tsv), OAEI
    Alignment RDF (.rdf, .xml), owl:sameAs as N-Triples (.nt), CSV (.csv) or Parquet (.parquet).
    """
    chosen = form or format_by_name(output)
    if Path(output).is_dir():
        raise InputError("is a folder, and links are written to a file", path=output, remedy="name a file")
    found = read_links(links)
    kept = found if uncertain else found.filter(pl.col("status") != "uncertain")
    converted = write_links(kept, output, chosen, PREDICATES[predicate])
    left_out = found.height - kept.height
    if as_json:
        print_json(
            {
                "command": "convert",
                "format": chosen,
                "links": converted.written,
                "uncertain_left_out": left_out,
                "blank_left_out": converted.blank,
                "other_predicates_left_out": converted.other,
                "output": output,
            }
        )
        return
    reasons = (
        (left_out, "uncertain"),
        (converted.blank, "of blank nodes"),
        (converted.other, "that say something else than that two entities are the same"),
    )
    told = [f"{count:,} {reason}" for count, reason in reasons if count]
    rows = [("links", f"{converted.written:,} as {chosen}")]
    rows += [("left out", ", ".join(told))] * bool(told)
    print_rows([*rows, ("written", output)])
