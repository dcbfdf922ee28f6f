"""``kgalign review``."""

from __future__ import annotations

from pathlib import Path

import click

from kgalign.align.decisions import DecisionFile
from kgalign.progress import say
from kgalign.report import Contents, ReportOptions, review_page
from kgalign.report.review_server import ReviewServer

_DECISIONS = "decisions.tsv"
_DEFAULTS = ReportOptions()


@click.command()
@click.argument("run", type=click.Path())
@click.option(
    "--decisions",
    type=click.Path(),
    metavar="FILE",
    help=f"Where decisions are kept, each at once (default: {_DECISIONS} in RUN).",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8735,
    show_default=True,
    help="Where to listen on this machine; 0 for any free port.",
)
@click.option(
    "--most-pairs",
    type=click.IntRange(1),
    default=_DEFAULTS.most_pairs,
    show_default=True,
    help="Pairs in the viewer, those that teach most.",
)
@click.option(
    "--most-evidence",
    type=click.IntRange(0),
    default=_DEFAULTS.most_evidence,
    show_default=True,
    help="Matched neighbours, and shared values, of each pair.",
)
def review(run: str, decisions: str | None, port: int, **limits: int) -> None:
    """Look at the pairs of RUN in a browser and decide about them; Ctrl-C ends it.

    The pairs whose decision would teach most come first. Decisions are kept from one time to the next;
    'kgalign align --decisions FILE' uses them.
    """
    contents = Contents.read(run)
    folder = Path(run)
    path = Path(decisions) if decisions else (folder if folder.is_dir() else folder.parent) / _DECISIONS
    kept = DecisionFile(path)
    kept.read()
    page = review_page(contents, ReportOptions(**limits))
    with ReviewServer(page, kept, page.keys, port) as server:
        try:
            click.echo(f"Open {server.url} in a browser; Ctrl-C ends the review.")
            server.serve_forever()
        except KeyboardInterrupt:
            say("")
        every, made = len(server.decided()), server.made
    click.echo(
        f"{made:,} decision{'' if made == 1 else 's'} made; {path} holds {every:,}"
        + (
            f": use {'it' if every == 1 else 'them'} with 'kgalign align … --decisions {path}'."
            if every
            else "."
        )
    )
