"""Templates by language and relations, in a folder or as they come with kgalign."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from kgalign.errors import InputError
from kgalign.files import atomic_directory
from kgalign.generate.template import CLOSE, OPEN, Pattern, Template, pieces_of

TABLE = "templates.parquet"
_SCHEMA = pl.Schema(
    {
        "language": pl.String(),
        "text": pl.String(),
        "relations": pl.List(pl.String()),
        "subjects": pl.List(pl.Int32()),
        "objects": pl.List(pl.Int32()),
        "worth": pl.Float64(),
    }
)


class TemplateStore:
    """Templates, ready to be asked for by relation.

    Args:
        templates: the templates; earlier ones go before later ones of the same worth.
    """

    def __init__(self, templates: Iterable[Template]) -> None:
        self.templates = tuple(templates)
        self._by_relation: dict[tuple[str, str], dict[tuple[str, ...], list[Template]]] = {}
        self._lists: dict[tuple[str, str], list[Template]] = {}
        for template in self.templates:
            if template.lists:
                self._lists.setdefault((template.language, template.relations[0]), []).append(template)
            else:
                place = template.language, template.relations[0]
                own = self._by_relation.setdefault(place, {})
                own.setdefault(template.relations, []).append(template)

    def languages(self) -> frozenset[str]:
        """The languages of the templates."""
        return frozenset(template.language for template in self.templates)

    def within(
        self, language: str, relations: Iterable[str]
    ) -> Iterator[tuple[tuple[str, ...], list[Template]]]:
        """The templates that may state facts of *relations*, by the relations that they state."""
        for relation in relations:
            yield from self._by_relation.get((language, relation), {}).items()

    def lists(self, language: str, relation: str) -> Sequence[Template]:
        """The templates that list all objects of a relation."""
        return self._lists.get((language, relation), ())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all templates."""
        return hashlib.sha256(
            "\n".join(
                f"{each.language}|{each.patterns}|{each.text}|{each.worth}" for each in self.templates
            ).encode()
        ).hexdigest()

    def __add__(self, other: TemplateStore) -> TemplateStore:
        return TemplateStore(self.templates + other.templates)

    def write(self, folder: str | Path) -> None:
        """Write learnt templates as Parquet, whole or not at all."""
        table = pl.DataFrame(
            {
                "language": [each.language for each in self.templates],
                "text": [each.text for each in self.templates],
                "relations": [[pattern.relation for pattern in each.patterns] for each in self.templates],
                "subjects": [[pattern.subject for pattern in each.patterns] for each in self.templates],
                "objects": [[pattern.object for pattern in each.patterns] for each in self.templates],
                "worth": [each.worth for each in self.templates],
            },
            schema=_SCHEMA,
        )
        with atomic_directory(folder) as scratch:
            table.write_parquet(scratch / TABLE)

    @classmethod
    def read(cls, folder: str | Path) -> TemplateStore:
        """Read what :meth:`write` wrote.

        Raises:
            InputError: if *folder* holds no templates.
        """
        try:
            table = pl.read_parquet(Path(folder) / TABLE).select(_SCHEMA.names())
        except (OSError, pl.exceptions.PolarsError):
            raise InputError(
                "holds no templates",
                path=folder,
                remedy="make them with 'kgalign generate train --templates'",
            ) from None
        return cls(
            Template(
                language,
                tuple(Pattern(*parts) for parts in zip(relations, subjects, objects, strict=True)),
                pieces_of(text),
                worth,
            )
            for language, text, relations, subjects, objects, worth in table.iter_rows()
        )


class _Written(BaseModel):
    """Hand-written templates for one relation: of one object, and of several."""

    model_config = ConfigDict(extra="forbid")

    relations: tuple[str, ...]
    objects: tuple[str, ...] = ()
    one: dict[str, str] = {}
    many: dict[str, str] = {}


class _WrittenFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    template: tuple[_Written, ...]


@cache
def hand_written() -> TemplateStore:
    """The templates that come with kgalign, for the relations of the sample graphs."""
    found: list[Template] = []
    for file in sorted((files("kgalign.generate") / "written").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            found += _of_toml(file.read_text("utf-8"), file.name)
    return TemplateStore(found)


def _of_toml(text: str, name: str) -> list[Template]:
    try:
        read = _WrittenFile.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise InputError(f"no valid templates ({str(error).splitlines()[0]})", path=name) from None
    return [
        Template(
            language,
            (Pattern(relation, 0, 1, only),),
            pieces_of(text.replace("{subject}", f"{OPEN}0{CLOSE}").replace("{object}", f"{OPEN}1{CLOSE}")),
            lists=lists,
        )
        for each in read.template
        for lists, texts in ((False, each.one), (True, each.many))
        for language, text in texts.items()
        for relation in each.relations
        for only in each.objects or (None,)
    ]
