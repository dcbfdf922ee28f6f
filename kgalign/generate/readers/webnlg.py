"""WebNLG as JSON by line: ``{"triples": [[s, r, o], …], "texts": […], "links": […]}``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from kgalign.verify.names import spaced
from kgalign.verify.verdicts import Fact, Name, Term

_TYPED = re.compile(r'^"(?P<text>.*)"(?:@(?P<language>[A-Za-z-]+)|\^\^(?P<datatype>\S+))?$', re.DOTALL)
_FIGURES = re.compile(r"^[-+]?[\d.,]+(?:E[-+]?\d+)?(?: ?\(.*\))?$|^\d{4}-\d{2}-\d{2}$")


class WebNLGRow(BaseModel):
    """An entry; further keys are ignored.

    Attributes:
        triples: subject, relation and object as WebNLG writes them.
        texts: what people wrote for them.
        links: names of the entities in the language, see :func:`linked_names`.
    """

    model_config = ConfigDict(extra="ignore")

    triples: tuple[tuple[str, str, str], ...]
    texts: tuple[str, ...]
    links: tuple[tuple[str, str, str], ...] = ()

    def facts(self, language: str) -> tuple[Fact, ...]:
        """The facts, with the entry's own names in *language*."""
        names = linked_names(self.links, language, "all")
        return tuple(fact_of(*triple, names) for triple in self.triples)


def linked_names(links: Sequence[Sequence[str]], language: str, which: str) -> dict[str, list[Name]]:
    """Names in *language* by the English one, from an entry's ``links``."""
    found: dict[str, list[Name]] = {}
    for kind, _, statement in links:
        parts = statement.split(" | ")
        if len(parts) != 3 or (which == "sameAs" and kind != "dbpedialink"):
            continue
        name = Name(text=parts[2].replace("_", " ").strip(), language=language)
        found.setdefault(plain_name(parts[0]), []).append(name)
    return found


def fact_of(subject: str, relation: str, value: str, names: dict[str, list[Name]] | None = None) -> Fact:
    """A triple as WebNLG writes it."""
    words = spaced(relation.split("/")[-1]).lower()
    return Fact(
        subject=_term(subject, names or {}),
        relation=Term(value=relation, names=(Name(text=words, language="en"),)),
        object=_term(value, names or {}),
    )


def _term(text: str, names: dict[str, list[Name]]) -> Term:
    typed = _TYPED.match(text)
    further = tuple(names.get(plain_name(text), ()))
    if typed is not None:
        inner = typed["text"].replace("''", "").strip('"')
        return Term(value=inner, literal=True, names=(Name(text=inner, language=typed["language"]), *further))
    if _FIGURES.match(text):
        return Term(value=text, literal=True, names=(Name(text=text), *further))
    return Term(value=text, names=(Name(text=plain_name(text), language="en"), *further))


def plain_name(text: str) -> str:
    """A name as WebNLG writes it, without quotes and underscores."""
    return text.strip().strip('"').replace("_", " ").strip()
