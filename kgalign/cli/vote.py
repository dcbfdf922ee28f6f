"""``kgalign vote``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kgalign.align.run_files import WEIGHTS
from kgalign.align.taught_weights import write_weights
from kgalign.cache_folder import cache_folder
from kgalign.cli.inputs import Inputs, extra_labels, load_graphs
from kgalign.cli.options import PREDICATES, as_toml, common_options, reading_options, resolved
from kgalign.cli.output import print_json, print_rows
from kgalign.cli.vote_report import VoteReport, show_plan
from kgalign.errors import InputError
from kgalign.files import writable_directory
from kgalign.progress import progress, say
from kgalign.vote.answer_cache import CachedModel
from kgalign.vote.clients import open_model
from kgalign.vote.metering import MeteredModel
from kgalign.vote.session import Session
from kgalign.vote.teaching import taught
from kgalign.vote.voted_run import RunToVote, write_voted_run

_ANSWERS = "answers.sqlite"


@click.command()
@click.argument("run", type=click.Path())
@click.argument("graphs", nargs=2, metavar="A B")
@click.option(
    "--llm",
    metavar="MODEL",
    help="openai:NAME for a server that speaks OpenAI's protocol, local:PATH for a transformers model.",
)
@click.option("--base-url", metavar="URL", help="Where the server is (default: OpenAI's own).")
@click.option(
    "--api-key-env", "key_variable", metavar="NAME", help="The environment variable that holds the key."
)
@click.option("--concurrency", type=click.IntRange(1), help="Calls at once (default: 4).")
@click.option("--requests-per-minute", type=click.FloatRange(0, min_open=True), help="A limit of the server.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), help="Seconds to wait for an answer.")
@click.option(
    "--answer-form",
    type=click.Choice(["auto", "letters", "json"]),
    help="One letter with its probability, or JSON by a schema (default: auto, letters).",
)
@click.option("--device", help="Where a local model runs: auto (default), cpu or cuda.")
@click.option("--low", type=click.FloatRange(0, 1), help="Ask about probabilities from here (default: 0.1)…")
@click.option("--high", type=click.FloatRange(0, 1), help="…to here (default: 0.9).")
@click.option("--budget", type=click.IntRange(1), metavar="N", help="At most so many calls.")
@click.option("--candidates", type=click.IntRange(1, 20), help="Targets in a question (default: 5).")
@click.option("--rounds", type=click.IntRange(1), help="Orders in which each question is asked (default: 6).")
@click.option(
    "--controls", type=click.IntRange(0), help="Questions with a known answer, to measure the model (100)."
)
@click.option(
    "--tally",
    type=click.Choice(["corrected", "majority"]),
    help="Weigh answers by what they were measured to be worth (default), or take the majority.",
)
@click.option(
    "--stop-early/--all-rounds", default=None, help="Stop once the outcome is decided (default: yes)."
)
@click.option(
    "--stages",
    type=click.Choice(["together", "attributes-then-relations"]),
    help="Show all facts at once (default), or in stages.",
)
@click.option(
    "--fact-tokens", type=click.IntRange(0), help="Tokens for the facts of a prompt (default: 400)."
)
@click.option(
    "--labels", "label_files", multiple=True, type=click.Path(), metavar="FILE", help="Further names."
)
@click.option(
    "--reference", type=click.Path(), metavar="FILE", help="Known links, to score before and after."
)
@click.option(
    "-o",
    "--output",
    default="kgalign-voted",
    show_default=True,
    type=click.Path(),
    metavar="DIR",
    help="Where to write the run as it is after the vote.",
)
@click.option(
    "--cache", type=click.Path(), metavar="FILE", help="Where answers are kept, so that none is paid twice."
)
@click.option(
    "--teach", is_flag=True, help="Write weights.json, for the next 'kgalign align --weights' to start from."
)
@click.option(
    "--dry-run", is_flag=True, help="Show three prompts, the number of calls and the cost; ask nothing."
)
@click.option("--price-input", type=click.FloatRange(0), help="Price of a million tokens sent.")
@click.option("--price-output", type=click.FloatRange(0), help="Price of a million tokens answered.")
@click.option(
    "--predicate",
    type=click.Choice(list(PREDICATES)),
    default="sameAs",
    show_default=True,
    help="How links are written in RDF and SSSOM.",
)
@click.option("--seed", type=int, help="Random seed.")
@reading_options
@common_options
def vote(
    run: str,
    graphs: tuple[str, str],
    llm: str | None,
    label_files: tuple[str, ...],
    reference: str | None,
    output: str,
    cache: str | None,
    teach: bool,
    dry_run: bool,
    price_input: float | None,
    price_output: float | None,
    predicate: str,
    config: str | None,
    as_json: bool,
    reading: dict[str, object],
    **flags: Any,
) -> None:
    """Ask a language model about the pairs that RUN is unsure of.

    A and B are the graphs that 'kgalign align' was given. The model sees an entity and its candidates with
    the facts that tell them apart, in several orders. How far it is believed is measured first, on pairs
    that are sure: one that knows nothing changes nothing. All answers are kept, so that a run that was
    interrupted goes on where it was, and one that is repeated costs nothing.
    """
    configuration = resolved(config, {"ingest": reading, **_tables(flags)})
    if llm is None and not dry_run:
        raise click.UsageError("name a model with --llm, or look at the prompts with --dry-run")
    inputs = Inputs.read(None, None, label_files, reference)
    folder = writable_directory(Path(output))
    if folder.resolve() == Path(run).resolve():
        raise InputError("the run that is voted on would be lost", path=run, remedy="choose another -o")
    finished = RunToVote.read(run)
    loaded = load_graphs(graphs, configuration.ingest)
    first, second = extra_labels(loaded, inputs.labels)
    session = Session.of(finished, loaded, configuration.vote, configuration.prompt, (first, second))
    prices = (price_input or 0.0, price_output or 0.0)
    plan = session.plan()
    if dry_run:
        show_plan(plan, prices, as_json)
        return
    answers = Path(cache) if cache else cache_folder() / _ANSWERS
    model = CachedModel(open_model(str(llm), configuration.llm), answers, configuration.llm.concurrency)
    with progress("voting", plan.most_calls, "call") as bar:
        voted = session.hold(MeteredModel(model, prices, bar.note), bar)
    report = VoteReport.of(session, voted, inputs.reference, prices)
    summary = report.summary()
    paths = write_voted_run(
        finished,
        voted.result,
        voted.ballots,
        loaded,
        folder,
        summary,
        as_toml(configuration, "vote", "prompt", "llm"),
        PREDICATES[predicate],
    )
    lesson = taught(session, voted.outcome) if teach else None
    if lesson is not None:
        write_weights(lesson.combination, folder / WEIGHTS)
        paths["weights"] = str(folder / WEIGHTS)
    elif teach:
        say("kgalign: the vote left too few pairs without doubt to learn weights from.")
    if as_json:
        print_json({**summary, **report.costs(), "outputs": paths})
        return
    print_rows(
        [
            *report.rows(),
            *[("written" if not number else "", path) for number, path in enumerate(paths.values())],
        ]
    )


def _tables(flags: dict[str, Any]) -> dict[str, dict[str, object]]:
    """The flags by the table of the configuration that they belong to."""
    of_llm = (
        "base_url",
        "key_variable",
        "concurrency",
        "requests_per_minute",
        "timeout",
        "answer_form",
        "device",
    )
    of_prompt = ("stages", "fact_tokens")
    return {
        "llm": {name: flags[name] for name in of_llm} | {"seed": flags["seed"]},
        "prompt": {name: flags[name] for name in of_prompt},
        "vote": {name: value for name, value in flags.items() if name not in (*of_llm, *of_prompt)},
    }
