"""Hypotheses put into words: placeholders replaced, with a record of every place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgalign.generate.description import UsedName
from kgalign.generate.drafting import Clause, Hypothesis, Placeholder
from kgalign.generate.lexicalise import spelling, worded
from kgalign.verify.verdicts import Fact, Name, Span, Term

# Written without spaces between words and sentences.
DENSE = frozenset({"ja", "zh", "th", "lo", "km", "my"})


@dataclass(frozen=True)
class WordedClause:
    """A clause in words.

    Attributes:
        clause: with its placeholders.
        span: where it stands in the text.
        filled: where each of its placeholders stands, with the name.
    """

    clause: Clause
    span: Span
    filled: tuple[tuple[Span, UsedName], ...]


@dataclass(frozen=True)
class WordedText:
    """A hypothesis in words.

    Attributes:
        text: the text.
        clauses: in order.
        writer: which drafter wrote it.
    """

    text: str
    clauses: tuple[WordedClause, ...]
    writer: str = ""

    @property
    def facts(self) -> frozenset[int]:
        """The places of the facts that it states."""
        return frozenset(fact for each in self.clauses for fact in each.clause.facts)


def in_words(hypothesis: Hypothesis, facts: Sequence[Fact], language: str) -> WordedText:
    """Fill the placeholders; clauses of which one can't be filled are left out."""
    text = ""
    clauses = []
    for clause in hypothesis.clauses:
        filled = _filled(clause, facts, language)
        if filled is None:
            continue
        if text and language not in DENSE:
            text += " "
        start = len(text)
        places = []
        for piece in filled:
            if isinstance(piece, UsedName):
                places.append((Span(start=len(text), end=len(text) + len(piece.text)), piece))
                text += piece.text
            else:
                text += piece
        clauses.append(WordedClause(clause, Span(start=start, end=len(text)), tuple(places)))
    return WordedText(text, tuple(clauses), hypothesis.writer)


def _filled(clause: Clause, facts: Sequence[Fact], language: str) -> list[str | UsedName] | None:
    pieces: list[str | UsedName] = []
    for piece in clause.pieces:
        if isinstance(piece, Placeholder):
            term = piece.term(facts)
            name = worded(term, language, piece.form)
            if name is None:
                return None
            pieces.append(
                UsedName(term=term.value, text=name.text, origin=name.origin, language=name.language)
            )
        else:
            pieces.append(piece)
    first = pieces[0] if pieces else ""
    return pieces if pieces and (isinstance(first, UsedName) or first.strip()) else None


def with_used_names(fact: Fact, language: str) -> Fact:
    """*fact* with the names that a text in *language* uses of its terms: the CLDR's and transliterations."""
    return fact.model_copy(
        update={"subject": _known_as(fact.subject, language), "object": _known_as(fact.object, language)}
    )


def foreign_name(term: Term, language: str) -> str | None:
    """The name of an entity that has none in a script of *language*; None if it has one, or none at all."""
    name = None if term.literal else worded(term, language)
    return name.text if name is not None and name.origin == "foreign script" else None


def with_spellings(fact: Fact, language: str, spelt: Mapping[str, str]) -> Fact:
    """*fact* with its terms' foreign names as they are spelt in *language*, by the foreign name.

    Only texts are written of it. What is verified has the graph's names alone, so that a wrong spelling
    isn't its own proof.
    """
    return fact.model_copy(
        update={
            "subject": _spelt(fact.subject, language, spelt),
            "object": _spelt(fact.object, language, spelt),
        }
    )


def _spelt(term: Term, language: str, spelt: Mapping[str, str]) -> Term:
    text = spelt.get(foreign_name(term, language) or "")
    if text is None:
        return term
    return term.model_copy(update={"names": (spelling(text, language), *term.names)})


def _known_as(term: Term, language: str) -> Term:
    name = None if term.literal else worded(term, language)
    if name is None or name.origin not in ("CLDR", "transliterated"):
        return term
    return term.model_copy(update={"names": (Name(text=name.text, language=language), *term.names)})
