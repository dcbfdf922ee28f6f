"""``kgalign generate``."""

from __future__ import annotations

from pathlib import Path

import click
import tomli_w

from kgalign.cli.default_command import DefaultCommandGroup
from kgalign.cli.generate_train import export, self_training, train
from kgalign.cli.options import as_toml, common_options, reading_options, resolved
from kgalign.cli.output import describe_costs, print_json, print_rows, stage_costs
from kgalign.cli.resuming import resumable
from kgalign.cli.texts import facts_row, outcomes_row, show, text_counts, writer, writing_options
from kgalign.files import atomic_file, writable_directory
from kgalign.generate import Session, chosen_drafter
from kgalign.generate.session import UNFINISHED
from kgalign.generate.wanted import Wanted
from kgalign.kg import load
from kgalign.progress import say
from kgalign.resources import StageClock
from kgalign.verify.language_forms import base_language

_MOST_SHOWN = 10


class _GraphOrTrain(DefaultCommandGroup):
    """``generate train …`` is a command; whatever else follows describes a graph."""

    default = "describe"


@click.group(cls=_GraphOrTrain)
def generate() -> None:
    """Describe entities in any language, each text verified before it is written.

    kgalign generate GRAPH --language hi [--entities FILE | --type IRI | --missing-description] -o DIR
    """


@generate.command()
@click.argument("graph")
@click.option("--language", required=True, metavar="CODE", help="The language to write.")
@writing_options
@click.option("--seed", type=int, help="The same entity and seed give the same text.")
@click.option("--batch", type=click.IntRange(1), help="Entities verified together (default: 64).")
@click.option(
    "-o", "--output", required=True, type=click.Path(), metavar="DIR", help="Where to write the texts."
)
@reading_options
@common_options
def describe(
    graph: str,
    language: str,
    wanted: Wanted,
    writing: dict[str, object],
    output: str,
    config: str | None,
    as_json: bool,
    reading: dict[str, object],
    **flags: object,
) -> None:
    """Describe entities of GRAPH, a store or a dump.

    Writes descriptions.jsonl, .csv and .nq (schema:description, to be loaded back) with provenance.ttl.
    A run that broke off goes on where it was, if it is started again with the same options.
    """
    configuration = resolved(config, {"ingest": reading, "generate": flags | writing})
    options = configuration.generate
    folder = writable_directory(Path(output))
    code = base_language(language)
    clock = StageClock()
    with clock.stage("read"):
        store = load(graph, configuration.ingest)
        session = Session(store, code, options, chosen_drafter(options), configuration.verify)
        entities = wanted.of(store, code, chosen=session.chosen)
    say(writer(options))
    with clock.stage("generate"), resumable(folder, UNFINISHED):
        descriptions = session.run(entities, folder)
    with atomic_file(folder / "config.toml") as scratch:
        scratch.write_text(tomli_w.dumps(as_toml(configuration, "ingest", "verify", "generate")), "utf-8")
    if as_json:
        print_json(
            {
                "command": "generate",
                **text_counts(descriptions),
                "seconds": round(sum(stage.seconds for stage in clock.stages), 3),
                "stages": stage_costs(clock.stages),
                "output": output,
            }
        )
        return
    show(descriptions, _MOST_SHOWN)
    print_rows(
        [
            ("texts", outcomes_row(descriptions)),
            ("facts", facts_row(descriptions)),
            ("time", describe_costs(clock.stages)),
            ("written", output),
        ]
    )


generate.add_command(train)
generate.add_command(export)
generate.add_command(self_training)
