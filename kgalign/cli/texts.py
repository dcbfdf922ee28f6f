"""What ``kgalign generate`` and ``kgalign describe`` have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import click

from kgalign.cli.terminal import printable
from kgalign.generate import Description, GenerateOptions
from kgalign.generate.wanted import Wanted

_OUTCOMES = ("verified", "partly verified", "not verified", "abstained")


def writing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The flags about what is written of which entities.

    *command* gets them as ``wanted`` and ``writing``, a table of ``generate`` options.
    """

    @wraps(command)
    def gathered(
        *arguments: Any,
        entities: str | None,
        kind: str | None,
        missing: bool,
        select: str | None,
        most: int | None,
        properties: tuple[str, ...],
        query: str | None,
        accept: str | None,
        rounds: int | None,
        templates: str | None,
        model: str | None,
        generic: bool | None,
        **named: Any,
    ) -> Any:
        writing = {
            "select": select,
            "most": most,
            "properties": properties or None,
            "query": query,
            "accept": accept,
            "rounds": rounds,
            "templates": templates,
            "model": model,
            "generic": generic,
        }
        return command(*arguments, wanted=Wanted(entities, kind, missing), writing=writing, **named)

    for option in reversed(
        (
            click.option(
                "--entities", type=click.Path(), metavar="FILE", help="Describe these: an IRI a line."
            ),
            click.option("--type", "kind", metavar="IRI", help="Describe the entities of this class."),
            click.option(
                "--missing-description",
                "missing",
                is_flag=True,
                help="Describe those without a schema:description in the language (the default).",
            ),
            click.option("--select", type=click.Choice(["top", "all"]), help="Facts to tell (default: top)."),
            click.option(
                "--most", type=click.IntRange(1), help="How many facts, beside what it is (default: 6)."
            ),
            click.option(
                "--property",
                "properties",
                multiple=True,
                metavar="IRI",
                help="Tell only of these, in this order.",
            ),
            click.option(
                "--query",
                type=click.Path(),
                metavar="FILE",
                help="Tell what this SPARQL query chooses: SELECT ?entity ?relation ?object, or CONSTRUCT.",
            ),
            click.option(
                "--accept",
                type=click.Choice(["verified", "best-effort", "off"]),
                help="Write only what the verifier supports (default), mark the rest, or don't verify.",
            ),
            click.option("--rounds", type=click.IntRange(1), help="Rounds of repair, at most (default: 4)."),
            click.option(
                "--templates", type=click.Path(), metavar="DIR", help="Templates that 'train' learnt."
            ),
            click.option(
                "--model", type=click.Path(), metavar="DIR", help="A model that 'train' or 'export' wrote."
            ),
            click.option("--generic/--no-generic", default=None, help="List facts that no template is for."),
        )
    ):
        gathered = option(gathered)
    return gathered


def writer(options: GenerateOptions) -> str:
    """Who writes the texts, for a person."""
    which = "those that come with kgalign" if options.templates is None else options.templates
    if options.model is not None:
        return f"kgalign: texts are written by the model {options.model}, else from templates ({which})."
    return f"kgalign: no generation model is used; texts are made from templates ({which})."


def text_counts(descriptions: Sequence[Description]) -> dict[str, int]:
    """The counts of texts and facts, under the keys that ``--json`` documents."""
    outcomes: Counter[str] = Counter(each.outcome for each in descriptions)
    return {
        "texts": len(descriptions),
        **{outcome.replace(" ", "_"): outcomes[outcome] for outcome in _OUTCOMES},
        "facts_used": sum(len(each.used) for each in descriptions),
        "facts_omitted": sum(len(each.omitted) for each in descriptions),
    }


def outcomes_row(descriptions: Sequence[Description]) -> str:
    """How many texts came out how, for a person."""
    counts = text_counts(descriptions)
    return ", ".join(f"{counts[outcome.replace(' ', '_')]:,} {outcome}" for outcome in _OUTCOMES)


def facts_row(descriptions: Sequence[Description]) -> str:
    """How many facts were told, for a person."""
    counts = text_counts(descriptions)
    return f"{counts['facts_used']:,} told, {counts['facts_omitted']:,} omitted"


def show(descriptions: Sequence[Description], most: int) -> None:
    """Print the first texts."""
    for each in descriptions[:most]:
        click.echo(f"{printable(each.entity)}\n  {printable(each.text or f'({each.reason})')}")
