"""Templates: sentences with slots for the terms of the facts that they state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from kgalign.generate.drafting import Clause, Placeholder
from kgalign.verify.verdicts import Fact, Term

OPEN, CLOSE = "⟦", "⟧"
_SLOT = regex.compile(rf"{OPEN}(\d+)(?::([^{OPEN}{CLOSE}]*))?{CLOSE}")


@dataclass(frozen=True)
class Pattern:
    """One fact of a template.

    Attributes:
        relation: IRI, or name, of the relation.
        subject: number of the subject's slot.
        object: number of the object's slot.
        only: the object's value, if the template is for one object alone ("is a country").
    """

    relation: str
    subject: int
    object: int
    only: str | None = None


@dataclass(frozen=True)
class Slot:
    """A place for a term.

    Attributes:
        number: the same number means the same term.
        form: the wanted form of its name.
    """

    number: int
    form: str = ""


@dataclass(frozen=True)
class Template:
    """Words for some facts.

    Attributes:
        language: language code.
        patterns: the facts that it states, by relation.
        pieces: words and slots.
        worth: how often it was seen, and how much it is like others for the same facts.
        lists: whether its only pattern stands for any number of facts of one subject and relation,
            whose objects are listed.
    """

    language: str
    patterns: tuple[Pattern, ...]
    pieces: tuple[str | Slot, ...]
    worth: float = 1.0
    lists: bool = False

    @cached_property
    def relations(self) -> tuple[str, ...]:
        """The relations, sorted."""
        return tuple(sorted(pattern.relation for pattern in self.patterns))

    @cached_property
    def text(self) -> str:
        """The pieces as one string."""
        return "".join(
            piece if isinstance(piece, str) else f"{OPEN}{piece.number}:{piece.form}{CLOSE}"
            for piece in self.pieces
        )

    def matched(self, facts: Sequence[Fact], free: Sequence[int]) -> tuple[int, ...] | None:
        """Places of the facts that the patterns stand for, of those *free*; None if they don't fit.

        Different slots stand for different terms, one slot for one term throughout.
        """
        return next(self._matches(facts, free, (), {}), None)

    def _matches(
        self, facts: Sequence[Fact], free: Sequence[int], taken: tuple[int, ...], bound: dict[int, Term]
    ) -> Iterator[tuple[int, ...]]:
        if len(taken) == len(self.patterns):
            yield taken
            return
        pattern = self.patterns[len(taken)]
        for place in free:
            fact = facts[place]
            if place in taken or fact.relation.value != pattern.relation:
                continue
            if pattern.only is not None and fact.object.value != pattern.only:
                continue
            further = _bound(bound, pattern, fact)
            if further is not None:
                yield from self._matches(facts, free, (*taken, place), further)

    def clause(self, places: Sequence[int]) -> Clause:
        """The clause that states the facts at *places*, one for each pattern, in their order."""
        role: dict[int, Placeholder] = {}
        for place, pattern in zip(places, self.patterns, strict=True):
            role.setdefault(pattern.subject, Placeholder(place, "subject"))
            role.setdefault(pattern.object, Placeholder(place, "object"))
        pieces = tuple(
            piece
            if isinstance(piece, str)
            else Placeholder(role[piece.number].fact, role[piece.number].role, piece.form)
            for piece in self.pieces
        )
        return Clause(pieces, tuple(places))


def _bound(bound: dict[int, Term], pattern: Pattern, fact: Fact) -> dict[int, Term] | None:
    further = dict(bound)
    for slot, term in ((pattern.subject, fact.subject), (pattern.object, fact.object)):
        known = further.get(slot)
        if known is None:
            if any(term.value == other.value for other in further.values()):
                return None
            further[slot] = term
        elif known.value != term.value:
            return None
    return further


def pieces_of(text: str) -> tuple[str | Slot, ...]:
    """The pieces of a template's text."""
    pieces: list[str | Slot] = []
    end = 0
    for match in _SLOT.finditer(text):
        if match.start() > end:
            pieces.append(text[end : match.start()])
        pieces.append(Slot(int(match[1]), match[2] or ""))
        end = match.end()
    return (*pieces, text[end:]) if end < len(text) else tuple(pieces)
