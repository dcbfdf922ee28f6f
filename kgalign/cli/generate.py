"""``kgalign generate``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
import tomli_w

from kgalign.cli.default_command import DefaultCommandGroup
from kgalign.cli.generate_train import export, self_training, train
from kgalign.cli.options import Configuration, as_toml, common_options, reading_options, resolved
from kgalign.cli.output import describe_costs, print_json, print_rows, stage_costs
from kgalign.cli.terminal import printable
from kgalign.errors import InputError
from kgalign.files import atomic_file, writable_directory
from kgalign.generate import (
    Description,
    Drafter,
    DrafterChain,
    GenerateOptions,
    Session,
    TemplateRealiser,
    TemplateStore,
    hand_written,
)
from kgalign.generate.session import entities_of_type, read_entities, without_description
from kgalign.kg import KnowledgeGraph, load
from kgalign.progress import say
from kgalign.resources import StageClock
from kgalign.verify.language_forms import base_language

_OUTCOMES = ("verified", "partly verified", "not verified", "abstained")
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
@click.option("--entities", type=click.Path(), metavar="FILE", help="Describe these: an IRI a line.")
@click.option("--type", "kind", metavar="IRI", help="Describe the entities of this class.")
@click.option(
    "--missing-description",
    "missing",
    is_flag=True,
    help="Describe those without a schema:description in the language (the default).",
)
@click.option("--select", type=click.Choice(["top", "all"]), help="Facts to tell (default: top).")
@click.option("--most", type=click.IntRange(1), help="How many facts, beside what it is (default: 6).")
@click.option(
    "--property", "properties", multiple=True, metavar="IRI", help="Tell only of these, in this order."
)
@click.option(
    "--accept",
    type=click.Choice(["verified", "best-effort", "off"]),
    help="Write only what the verifier supports (default), mark the rest, or don't verify.",
)
@click.option("--rounds", type=click.IntRange(1), help="Rounds of repair, at most (default: 4).")
@click.option("--templates", type=click.Path(), metavar="DIR", help="Templates that 'train' learnt.")
@click.option("--model", type=click.Path(), metavar="DIR", help="A model that 'train' or 'export' wrote.")
@click.option("--generic/--no-generic", default=None, help="List facts that no template is for.")
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
    entities: str | None,
    kind: str | None,
    missing: bool,
    properties: tuple[str, ...],
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
    if sum((entities is not None, kind is not None, missing)) > 1:
        raise InputError("only one of --entities, --type and --missing-description can be used")
    configuration = resolved(
        config, {"ingest": reading, "generate": flags | {"properties": properties or None}}
    )
    options = configuration.generate
    folder = writable_directory(Path(output))
    code = base_language(language)
    clock = StageClock()
    with clock.stage("read"):
        store = load(graph, configuration.ingest)
        session = Session(store, code, options, _drafter(options), configuration.verify)
        wanted = _wanted(store, entities, kind, code)
    say(_who(options))
    with clock.stage("generate"):
        descriptions = session.run(wanted, folder)
    _write_configuration(configuration, folder)
    _report(descriptions, clock, output, as_json)


def _drafter(options: GenerateOptions) -> Drafter:
    store = hand_written()
    if options.templates is not None:
        store = TemplateStore.read(options.templates) + store
    realiser = TemplateRealiser(store, options.generic)
    if options.model is None:
        return realiser
    from kgalign.generate.neural.drafter import open_drafter

    return DrafterChain(open_drafter(options.model, options.device), realiser)


def _who(options: GenerateOptions) -> str:
    which = "those that come with kgalign" if options.templates is None else options.templates
    if options.model is not None:
        return f"kgalign: texts are written by the model {options.model}, else from templates ({which})."
    return f"kgalign: no generation model is used; texts are made from templates ({which})."


def _wanted(store: KnowledgeGraph, entities: str | None, kind: str | None, language: str) -> list[str]:
    if entities is not None:
        return read_entities(entities, store)
    return entities_of_type(store, kind) if kind is not None else without_description(store, language)


def _write_configuration(configuration: Configuration, folder: Path) -> None:
    with atomic_file(folder / "config.toml") as scratch:
        scratch.write_text(tomli_w.dumps(as_toml(configuration, "ingest", "verify", "generate")), "utf-8")


def _report(descriptions: Sequence[Description], clock: StageClock, output: str, as_json: bool) -> None:
    outcomes: Counter[str] = Counter(each.outcome for each in descriptions)
    used = sum(len(each.used) for each in descriptions)
    omitted = sum(len(each.omitted) for each in descriptions)
    if as_json:
        print_json(
            {
                "command": "generate",
                "texts": len(descriptions),
                **{outcome.replace(" ", "_"): outcomes[outcome] for outcome in _OUTCOMES},
                "facts_used": used,
                "facts_omitted": omitted,
                "seconds": round(sum(stage.seconds for stage in clock.stages), 3),
                "stages": stage_costs(clock.stages),
                "output": output,
            }
        )
        return
    for each in descriptions[:_MOST_SHOWN]:
        click.echo(f"{printable(each.entity)}\n  {printable(each.text or f'({each.reason})')}")
    print_rows(
        [
            ("texts", ", ".join(f"{outcomes[outcome]:,} {outcome}" for outcome in _OUTCOMES)),
            ("facts", f"{used:,} told, {omitted:,} omitted"),
            ("time", describe_costs(clock.stages)),
            ("written", output),
        ]
    )


generate.add_command(train)
generate.add_command(export)
generate.add_command(self_training)
