"""XAlign, its successors and XLAlign as JSON by line: English facts about a person beside one sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from kgalign.verify.verdicts import Fact, Name, Qualifier, Term

_FIGURE = re.compile(r"^(?:\d{1,2} )?(?:[A-Z][a-z]+ )?\d{1,4}(?: BCE?)?$|^[-+]?[\d.,]+$")


class XAlignRow(BaseModel):
    """A sentence; further keys are ignored.

    Attributes:
        qid: Wikidata's name of the person.
        entity_name: the person's English name.
        sentence: in the language.
        facts: relation, value, qualifiers, and whether the person is the object, for each.
        translated_facts: relation and value in the language, in the same order.
        lang: language code; XLAlign calls it ``language``.
        language: likewise.
    """

    model_config = ConfigDict(extra="ignore")

    qid: str
    entity_name: str
    sentence: str
    facts: tuple[tuple[str, str, list[Any], bool], ...]
    translated_facts: list[list[Any] | None] | None = None
    lang: str | None = None
    language: str | None = None

    @property
    def code(self) -> str:
        """The language code; "" where the row doesn't say."""
        return self.lang or self.language or ""

    @property
    def told(self) -> tuple[Fact, ...]:
        """The facts, with names in English and, where given, in the language."""
        return facts_of(self.qid, self.entity_name, self.facts, self.translated_facts, self.code)


def facts_of(
    qid: str,
    name: str,
    facts: Sequence[Sequence[Any]],
    translated: Sequence[Sequence[Any] | None] | None,
    language: str,
) -> tuple[Fact, ...]:
    """The facts of a row as it holds them; see :class:`XAlignRow`."""
    subject = Term(value=qid, names=(Name(text=name.removesuffix(" uwu"), language="en"),))
    own = translated or [None] * len(facts)
    return tuple(_fact(subject, fact, other, language) for fact, other in zip(facts, own, strict=False))


def _fact(subject: Term, fact: Sequence[Any], translated: Sequence[Any] | None, language: str) -> Fact:
    relation, value, qualifiers, inverse = fact
    own_relation, own_value = (None, None) if translated is None else translated[:2]
    thing = _term(value, own_value, language)
    return Fact(
        subject=thing if inverse else subject,
        relation=_term(relation, own_relation, language, False),
        object=subject if inverse else thing,
        qualifiers=tuple(
            Qualifier(relation=_term(each[0], None, language, False), object=_term(each[1], None, language))
            for each in qualifiers
        ),
    )


def _term(text: str, own: str | None, language: str, literals: bool = True) -> Term:
    literal = literals and _FIGURE.match(text) is not None
    names = [Name(text=text, language="en")]
    if own is not None and language != "en":
        names.insert(0, Name(text=own, language=language))
    return Term(value=text, literal=literal, names=tuple(names))
