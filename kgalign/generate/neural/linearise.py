"""Facts as the encoder reads them: as placeholders with hints, or in the plain form of XF2T.

Delexicalised, each term is a numbered placeholder; where it comes first, its kind, its class and its name in
the target language follow, so that the words around it can be inflected. The plain form is that of
XF2T (arXiv 2209.11252): a prefix, then subject, relation and object of each fact, its qualifiers after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from babel import Locale, UnknownLocaleError

from kgalign.generate.learning import numbered
from kgalign.generate.lexicalise import worded
from kgalign.generate.neural import marks
from kgalign.generate.values import AS_WRITTEN, YEAR, value_forms
from kgalign.verify.verdicts import Fact, Term

Form = Literal["delexicalised", "plain"]
_DIGITS_OF_A_YEAR = 4


class Role(IntEnum):
    """What a token of the input belongs to."""

    PREFIX = 0
    SUBJECT = 1
    RELATION = 2
    OBJECT = 3
    QUALIFIER = 4


@dataclass(frozen=True)
class Segment:
    """A mark, or words, of an input or a text.

    Attributes:
        text: the mark or the words.
        mark: whether it is a mark.
        role: what it belongs to.
        fact: number of the fact, from 1; 0 where it belongs to none.
    """

    text: str
    mark: bool = False
    role: Role = Role.PREFIX
    fact: int = 0


def linearised(facts: Sequence[Fact], language: str, form: Form, names: bool = True) -> list[Segment]:
    """The input for *facts*.

    Args:
        facts: at most so many that :data:`~kgalign.generate.neural.marks.MOST_TERMS` terms are enough.
        language: the language to write.
        form: see the module.
        names: whether names follow placeholders.
    """
    return _delexicalised(facts, language, names) if form == "delexicalised" else _plain(facts, language)


def _delexicalised(facts: Sequence[Fact], language: str, names: bool) -> list[Segment]:
    found = [Segment(marks.language_mark(language), True)]
    numbers = numbered(facts)
    known: set[Term] = set()
    for place, fact in enumerate(facts, start=1):
        for mark, role, term in (
            (marks.SUBJECT, Role.SUBJECT, fact.subject),
            (marks.RELATION, Role.RELATION, None),
            (marks.OBJECT, Role.OBJECT, fact.object),
        ):
            found.append(Segment(mark, True, role, place))
            if term is None:
                found.append(Segment(_words(fact.relation, language), False, role, place))
                continue
            found.append(Segment(marks.placeholder(numbers[term]), True, role, place))
            if term not in known:
                found += _hints(term, language, names, role, place)
            known.add(term)
        found += _qualifiers(fact, language, place)
    return found


def _hints(term: Term, language: str, names: bool, role: Role, place: int) -> list[Segment]:
    hints = [Segment(kind_of(term, language), True, role, place)]
    if term.types:
        own = next((name for name in term.types if name.language == language), term.types[0])
        hints += [Segment(marks.TYPE, True, role, place), Segment(_spaced(own.text), False, role, place)]
    name = worded(term, language) if names else None
    return hints if name is None else [*hints, Segment(_spaced(name.text), False, role, place)]


def _plain(facts: Sequence[Fact], language: str) -> list[Segment]:
    found = [Segment(_spaced(f"rdf to {_language_name(language)} text:"))]
    for place, fact in enumerate(facts, start=1):
        for mark, role, term in (
            (marks.SUBJECT, Role.SUBJECT, fact.subject),
            (marks.RELATION, Role.RELATION, fact.relation),
            (marks.OBJECT, Role.OBJECT, fact.object),
        ):
            words = _words(term, language)
            found += [Segment(mark, True, role, place), Segment(words, False, role, place)]
        found += _qualifiers(fact, language, place)
    return found


def _qualifiers(fact: Fact, language: str, place: int) -> list[Segment]:
    found = []
    for qualifier in fact.qualifiers:
        for mark, term in (
            (marks.QUALIFIER_RELATION, qualifier.relation),
            (marks.QUALIFIER_OBJECT, qualifier.object),
        ):
            found.append(Segment(mark, True, Role.QUALIFIER, place))
            found.append(Segment(_words(term, language), False, Role.QUALIFIER, place))
    return found


def kind_of(term: Term, language: str) -> str:
    """The mark of a term's kind: an entity, a date, a year, a number, or a text."""
    if not term.literal:
        return marks.ENTITY
    forms = value_forms(term, language)
    if not forms:
        return marks.TEXT
    if YEAR in forms:
        return marks.DATE
    is_year = AS_WRITTEN not in forms and forms[""].isdigit() and len(forms[""]) == _DIGITS_OF_A_YEAR
    return marks.YEAR_NUMBER if is_year else marks.NUMBER


def _words(term: Term, language: str) -> str:
    return _spaced(term.shown(language))


def _spaced(text: str) -> str:
    """*text* as it stands within a sentence: after a space, and on one line."""
    return " " + " ".join(text.split())


def _language_name(language: str) -> str:
    try:
        return Locale.parse(language).get_language_name("en") or language
    except (UnknownLocaleError, ValueError):
        return language
