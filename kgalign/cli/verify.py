"""``kgalign verify``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from kgalign.cli.options import common_options, reading_options, resolved
from kgalign.cli.output import describe_costs, print_json, print_rows, stage_costs
from kgalign.cli.terminal import printable, without_controls
from kgalign.errors import InputError
from kgalign.kg import load
from kgalign.resources import StageClock
from kgalign.verify import VerifiedText, Verifier
from kgalign.verify.graph_facts import GraphFacts
from kgalign.verify.options import VerdictFormat
from kgalign.verify.requests import read_requests
from kgalign.verify.writing import pieces, write_verdicts

_COLOURS = {
    "supported": "green",
    "contradicted": "red",
    "unsupported": "yellow",
    "not checkable": "bright_black",
}
_MOST_SHOWN = 20


@click.command()
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@click.option(
    "--graph", required=True, type=click.Path(), metavar="STORE", help="The graph: a store or a dump."
)
@click.option(
    "--about", metavar="IRI", help="The entity that the texts are about; by default the first named."
)
@click.option(
    "--language", metavar="TAG", help="The language of texts that don't state theirs (default: en)."
)
@click.option("--jsonl", "json_lines", is_flag=True, help="TEXT is JSON by line, whatever its name.")
@click.option("-o", "--output", type=click.Path(), metavar="FILE", help="Where to write the verdicts.")
@click.option(
    "--to",
    "form",
    type=click.Choice(["jsonl", "csv", "html"]),
    help="What to write (default: by the name of --output).",
)
@click.option("--lexicon", type=click.Path(), metavar="FILE", help="Words of relations, learnt from texts.")
@click.option("--stated", type=float, help="Facts whose score reaches this count as stated (default: 0.5).")
@reading_options
@common_options
def verify(
    texts: tuple[str, ...],
    graph: str,
    about: str | None,
    json_lines: bool,
    output: str | None,
    form: VerdictFormat | None,
    config: str | None,
    as_json: bool,
    language: str | None,
    lexicon: str | None,
    stated: float | None,
    reading: dict[str, object],
) -> None:
    """Check texts against a graph, span by span.

    TEXT is a file of plain text, a .jsonl file with a text by line ({"text": …, "about": …, "language":
    …, "facts": [[s, r, o], …]}), or - for standard input. Every name, date and number is supported by
    the graph, contradicted or unsupported; and every fact is stated or omitted.
    """
    given = {"language": language, "lexicon": lexicon, "stated": stated}
    configuration = resolved(config, {"ingest": reading, "verify": given})
    clock = StageClock()
    with clock.stage("read"):
        source = GraphFacts(load(graph, configuration.ingest))
        if about is not None and not source.knows(about):
            raise InputError(f"the graph has no entity <{about}>", path=graph, remedy="check --about")
        requests = list(read_requests(texts, about, configuration.verify.language, source.term, json_lines))
    with clock.stage("verify"):
        verified = Verifier(source, configuration.verify).verify_all(requests)
    if output is not None:
        write_verdicts(verified, output, form or _by_name(output))
    counts = Counter(verdict.status for text in verified for verdict in text.verdicts)
    facts = [each.stated for text in verified for each in text.coverage]
    if as_json:
        print_json(
            {
                "command": "verify",
                "texts": len(verified),
                **{name.replace(" ", "_"): counts[name] for name in _COLOURS},
                "facts_stated": sum(facts),
                "facts_omitted": len(facts) - sum(facts),
                "correctness": _mean([text.correctness for text in verified]),
                "coverage": _mean([text.covered for text in verified]),
                "seconds": round(sum(stage.seconds for stage in clock.stages), 3),
                "stages": stage_costs(clock.stages),
                "output": output,
            }
        )
        return
    for text in verified[:_MOST_SHOWN]:
        _show(text)
    if len(verified) > _MOST_SHOWN:
        click.echo(f"… and {len(verified) - _MOST_SHOWN:,} more texts\n")
    rows = [
        ("texts", f"{len(verified):,}"),
        ("spans", ", ".join(f"{counts[name]:,} {name}" for name in _COLOURS)),
        ("facts", f"{sum(facts):,} stated, {len(facts) - sum(facts):,} omitted"),
        ("time", describe_costs(clock.stages)),
    ]
    print_rows(rows + [("written", str(output))] * (output is not None))


def _by_name(output: str) -> VerdictFormat:
    for form in ("csv", "html"):
        if output.lower().endswith(f".{form}"):
            return form
    return "jsonl"


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _show(text: VerifiedText) -> None:
    """The text in colours, and what is wrong with it."""
    parts = [
        without_controls(piece.text)
        if piece.verdict is None
        else click.style(without_controls(piece.text), fg=_COLOURS[piece.verdict.status])
        for piece in pieces(text)
    ]
    click.echo("".join(parts).strip())
    for verdict in text.verdicts:
        if verdict.status != "supported":
            told = "; ".join(
                f"{printable(each.relation)} {printable(each.object)}" for each in verdict.evidence[:1]
            )
            span = printable(text.text[verdict.start : verdict.end])
            click.echo(
                f"  {click.style(verdict.status, fg=_COLOURS[verdict.status])}: {span}"
                + (f" (the graph: {told})" if told else "")
            )
    click.echo(f"  correctness {text.correctness:.2f}, coverage {text.covered:.2f}\n")
