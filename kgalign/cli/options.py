"""Options that several commands share, and the configuration file behind them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import BaseModel, ConfigDict, ValidationError

from kgalign.adapters.options import AdaptOptions
from kgalign.align.links import OWL_SAME_AS
from kgalign.align.options import AlignOptions
from kgalign.align.predicates import SKOS_EXACT_MATCH
from kgalign.errors import InputError
from kgalign.fuse.options import FuseOptions
from kgalign.generate.neural.options import NeuralOptions, SelfTrainingOptions
from kgalign.generate.options import GenerateOptions
from kgalign.kg import Format, IngestOptions
from kgalign.verify.options import VerifyOptions
from kgalign.vote.clients.options import ModelOptions
from kgalign.vote.options import VoteOptions
from kgalign.vote.prompt_options import PromptOptions

PREDICATES = {"sameAs": OWL_SAME_AS, "exactMatch": SKOS_EXACT_MATCH}
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Configuration(BaseModel):
    """What ``--config FILE.toml`` may hold: a table for each field."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ingest: IngestOptions = IngestOptions()
    align: AlignOptions = AlignOptions()
    fuse: FuseOptions = FuseOptions()
    vote: VoteOptions = VoteOptions()
    prompt: PromptOptions = PromptOptions()
    llm: ModelOptions = ModelOptions()
    adapt: AdaptOptions = AdaptOptions()
    verify: VerifyOptions = VerifyOptions()
    generate: GenerateOptions = GenerateOptions()
    train: NeuralOptions = NeuralOptions()
    self_train: SelfTrainingOptions = SelfTrainingOptions()


_TABLES = tuple(Configuration.model_fields)


def resolved(path: str | None, flags: Mapping[str, Mapping[str, object]]) -> Configuration:
    """The configuration of *path*, overridden by the flags that were given (those not None).

    Raises:
        InputError: if the file is missing, no TOML, or holds an unknown key or a wrong value.
    """
    values: dict[str, dict[str, object]] = {}
    if path is not None:
        values = _read_toml(Path(path))
        _validated(values, path)
    for table, options in flags.items():
        given = {name: value for name, value in options.items() if value is not None}
        values.setdefault(table, {}).update(given)
    return _validated(values, None)


def as_toml(configuration: Configuration, *tables: str) -> dict[str, object]:
    """The *tables* of a configuration as TOML has them: without the options that are not set."""
    return configuration.model_dump(mode="json", exclude_none=True, include=set(tables))


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The flags about reading dumps; *command* gets them as ``reading``, a table of ``ingest`` options."""

    @wraps(command)
    def gathered(
        *arguments: Any,
        format: str | None,
        on_error: str | None,
        max_errors: int | None,
        label_properties: tuple[str, ...],
        **named: Any,
    ) -> Any:
        reading = {
            "format": format,
            "on_error": on_error,
            "max_errors": max_errors,
            "label_properties": label_properties or None,
        }
        return command(*arguments, reading=reading, **named)

    for option in reversed(
        (
            click.option(
                "--format",
                type=click.Choice([format.value for format in Format]),
                help="Format of the dumps; by default it is recognised.",
            ),
            click.option(
                "--on-error",
                type=click.Choice(["skip", "abort"]),
                help="What an unreadable line does (default: skip, and list it in rejected.tsv).",
            ),
            click.option(
                "--max-errors", type=click.IntRange(min=0), help="Give up after so many unreadable lines."
            ),
            click.option(
                "--label-property",
                "label_properties",
                multiple=True,
                metavar="IRI",
                help="A property that names entities; repeat it in order of preference.",
            ),
        )
    ):
        gathered = option(gathered)
    return gathered


def common_options(command: Decorated) -> Decorated:
    """The flags of every command that does work."""
    for option in reversed(
        (
            click.option(
                "--config",
                type=click.Path(),
                metavar="FILE.toml",
                help="Read options from a file; flags override it.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output."),
        )
    ):
        command = option(command)
    return command


def _read_toml(path: Path) -> dict[str, dict[str, object]]:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError("there is no such file", path=path, remedy="check --config") from None
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", path=path, remedy="check --config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"no valid TOML ({error})", path=path, remedy="mend the file") from None
    for name, table in values.items():
        if not isinstance(table, dict):
            raise InputError(
                f"unknown key '{name}'",
                path=path,
                remedy=f"options stand in the tables {', '.join(f'[{name}]' for name in _TABLES)}",
            )
    return values


def _validated(values: Mapping[str, object], path: str | None) -> Configuration:
    try:
        return Configuration.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        problem = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        raise InputError(
            f"{name}: {problem}", path=path, remedy="see configs/default.toml, or the command's --help"
        ) from None
