"""``kgalign verify``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from kgalign.cli.default_command import DefaultCommandGroup
from kgalign.cli.options import common_options, reading_options, resolved
from kgalign.cli.output import describe_costs, print_json, print_rows, stage_costs
from kgalign.cli.terminal import printable, without_controls
from kgalign.errors import InputError
from kgalign.files import writable_directory
from kgalign.kg import load
from kgalign.resources import StageClock
from kgalign.verify import Lesson, VerifiedText, Verifier
from kgalign.verify.graph_facts import GraphFacts
from kgalign.verify.language_forms import base_language
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


class _TextsOrTrain(DefaultCommandGroup):
    """``verify train …`` is a command; whatever else follows checks texts."""

    default = "check"


@click.group(cls=_TextsOrTrain)
def verify() -> None:
    """Check texts against a graph, span by span.

    kgalign verify --graph STORE TEXT... [--about IRI] [--alignment DIR] [-o FILE]
    """


@verify.command()
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
@click.option(
    "--alignment", type=click.Path(), metavar="DIR", help="A trained alignment function; see 'verify train'."
)
@click.option(
    "--model-free/--no-model-free",
    default=None,
    help="Let names, values and words count beside the alignment function (default: yes).",
)
@click.option("--stated", type=float, help="Facts whose score reaches this count as stated (default: 0.5).")
@reading_options
@common_options
def check(
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
    alignment: str | None,
    model_free: bool | None,
    stated: float | None,
    reading: dict[str, object],
) -> None:
    """Check texts against a graph, span by span.

    TEXT is a file of plain text, a .jsonl file with a text by line ({"text": …, "about": …, "language":
    …, "facts": [[s, r, o], …]}), or - for standard input. Every name, date and number is supported by
    the graph, contradicted or unsupported; and every fact is stated or omitted.
    """
    given = {
        "language": language,
        "lexicon": lexicon,
        "alignment": alignment,
        "model_free": model_free,
        "stated": stated,
    }
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
    counts: Counter[str] = Counter(verdict.status for text in verified for verdict in text.verdicts)
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


@verify.command()
@click.option(
    "--data",
    "data",
    multiple=True,
    required=True,
    type=click.Path(),
    metavar="FILE",
    help='JSON by line: {"text": …, "language": …, "facts": [[s, r, o], …]}; repeat it.',
)
@click.option("--graph", type=click.Path(), metavar="STORE", help="A graph that knows the names of IRIs.")
@click.option("--language", default="en", show_default=True, help="Of texts that don't state theirs.")
@click.option("--base", help="The multilingual language model, by name or path (default: e5).")
@click.option(
    "--method", type=click.Choice(["layers", "adapters"]), help="What is trained (default: layers)."
)
@click.option("--steps", type=click.IntRange(1), help="Updates of the weights (default: 2000).")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Highest learning rate.")
@click.option("--lessons", type=click.IntRange(1), help="Texts of a language, at most (default: 3000).")
@click.option("--seed", type=int, help="Random seed.")
@click.option("--device", help="auto (default), cpu or cuda.")
@click.option(
    "-o", "--output", required=True, type=click.Path(), metavar="DIR", help="Where to write what was learnt."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
def train(
    data: tuple[str, ...], graph: str | None, language: str, output: str, as_json: bool, **flags: object
) -> None:
    """Train the alignment function on texts that state their facts.

    The more languages, the better. A training that broke off goes on where it was.
    """
    from kgalign.verify.alignment import AlignmentOptions, train_alignment

    options = AlignmentOptions.model_validate(
        {name: value for name, value in flags.items() if value is not None}
    )
    folder = writable_directory(Path(output))
    clock = StageClock()
    with clock.stage("read"):
        term_of = (lambda iri: None) if graph is None else GraphFacts(load(graph)).term
        lessons = [
            Lesson(each.text, base_language(each.language or language), each.facts)
            for each in read_requests(data, None, language, term_of, True)
            if each.facts
        ]
    with clock.stage("train"):
        description = train_alignment(lessons, options, folder)
    if as_json:
        told = description.model_dump(mode="json", include={"languages", "held_out", "sha256"})
        print_json({"command": "verify train", **told, "stages": stage_costs(clock.stages), "output": output})
        return
    shown = ", ".join(f"{name} {count:,}" for name, count in description.languages.items())
    rows = [("texts", shown)]
    for name, each in description.held_out.items():
        told_ = f"facts {each.stated}, words {each.wrong}, texts {each.holds}"
        rows.append((f"AUC, {name}", f"{told_} ({each.texts:,} held out)"))
    print_rows([*rows, ("time", describe_costs(clock.stages)), ("written", output)])


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
