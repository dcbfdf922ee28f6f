"""The template realiser: facts covered by as few templates as possible, the commonest ones."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import count as numbers

from babel import Locale, UnknownLocaleError
from babel.lists import format_list

from kgalign.generate.drafting import Clause, Hypothesis, Placeholder
from kgalign.generate.template import Slot, Template
from kgalign.generate.template_store import TemplateStore
from kgalign.verify.verdicts import Fact

# Facts looked at together; more take too long to match and make no readable text.
_MOST_FACTS = 200
_MARK = "\ue000"
WRITER = "templates"


class TemplateRealiser:
    """Writes texts by templates; a :class:`~kgalign.generate.drafting.Drafter`.

    Args:
        store: the templates.
        generic: state facts without a template as "subject – relation: object".
    """

    def __init__(self, store: TemplateStore, generic: bool = False) -> None:
        self._store = store
        self._generic = generic

    @property
    def fingerprint(self) -> str:
        """Changes with the templates."""
        return hashlib.sha256(f"templates {self._store.fingerprint} {self._generic}".encode()).hexdigest()

    def languages(self) -> frozenset[str]:
        """The languages that there are templates for."""
        return self._store.languages()

    def draft(
        self, facts: Sequence[Fact], language: str, *, seed: int, count: int, split: bool = False
    ) -> list[Hypothesis]:
        """Cover *facts* greedily: see :class:`~kgalign.generate.drafting.Drafter`."""
        chosen = self._cover(facts[:_MOST_FACTS], language, seed, split)
        if not chosen:
            return []
        found: dict[tuple[Clause, ...], None] = {}
        for rank in range(count):
            clauses = [ways[min(rank, len(ways) - 1)] for ways in chosen]
            clauses.sort(key=lambda clause: _place(clause, facts))
            found.setdefault(tuple(clauses))
        return [Hypothesis(clauses, -float(rank), WRITER) for clauses, rank in zip(found, numbers())]

    def _cover(self, facts: Sequence[Fact], language: str, seed: int, split: bool) -> list[list[Clause]]:
        """For each part of the facts the clauses that may state it, the best first."""
        free = list(range(len(facts)))
        chosen: list[list[Clause]] = []
        if not split:
            chosen += self._listed(facts, free, language)
        while free:
            ways = self._largest(facts, free, language, seed, 1 if split else len(free))
            if not ways:
                break
            chosen.append(ways)
            free = [place for place in free if place not in ways[0].facts]
        if self._generic:
            chosen += [[_generic(facts[place], place, language)] for place in free]
        return chosen

    def _listed(self, facts: Sequence[Fact], free: list[int], language: str) -> list[list[Clause]]:
        """Clauses that list the objects of one subject and relation; what they state is no longer free."""
        groups: dict[tuple[str, str], list[int]] = {}
        for place in free:
            fact = facts[place]
            groups.setdefault((fact.subject.value, fact.relation.value), []).append(place)
        chosen = []
        for (_, relation), places in groups.items():
            templates = self._store.lists(language, relation)
            if len(places) > 1 and templates:
                chosen.append([_listing(template, places, language) for template in templates])
                for place in places:
                    free.remove(place)
        return chosen

    def _largest(
        self, facts: Sequence[Fact], free: Sequence[int], language: str, seed: int, most: int
    ) -> list[Clause]:
        """The clauses of the templates that state most of the free facts."""
        available = Counter(facts[place].relation.value for place in free)
        fitting = [
            (relations, templates)
            for relations, templates in self._store.within(language, sorted(available))
            if len(relations) <= most and Counter(relations) <= available
        ]
        fitting.sort(key=lambda item: (-len(item[0]), item[0]))
        best: list[tuple[float, int, Clause]] = []
        size = 0
        for relations, templates in fitting:
            if best and len(relations) < size:
                break
            for template in templates:
                places = template.matched(facts, free)
                if places is not None:
                    size = len(relations)
                    tie = zlib.crc32(f"{seed}|{template.text}".encode())
                    best.append((-template.worth, tie, template.clause(places)))
        best.sort(key=lambda item: item[:2])
        first = set(best[0][2].facts) if best else set()
        return [clause for _, _, clause in best if set(clause.facts) == first]


def _place(clause: Clause, facts: Sequence[Fact]) -> tuple[int, int]:
    """Clauses about one subject stand together, in the order of the facts."""
    subjects = {fact.subject.value: place for place, fact in reversed(list(enumerate(facts)))}
    first = min(clause.facts)
    return subjects[facts[first].subject.value], first


def _listing(template: Template, places: Sequence[int], language: str) -> Clause:
    pattern = template.patterns[0]
    pieces: list[str | Placeholder] = []
    for piece in template.pieces:
        if not isinstance(piece, Slot):
            pieces.append(piece)
        elif piece.number == pattern.subject:
            pieces.append(Placeholder(places[0], "subject", piece.form))
        else:
            pieces += _joined([Placeholder(place, "object", piece.form) for place in places], language)
    return Clause(tuple(pieces), tuple(places))


def _joined(items: Sequence[Placeholder], language: str) -> list[str | Placeholder]:
    """*items* as the language lists things (CLDR)."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    between = format_list([_MARK] * len(items), locale=locale).split(_MARK)
    pieces: list[str | Placeholder] = [between[0]]
    for item, after in zip(items, between[1:], strict=True):
        pieces += [item, after]
    return [piece for piece in pieces if piece != ""]


def _generic(fact: Fact, place: int, language: str) -> Clause:
    pieces = (
        Placeholder(place, "subject"),
        f" – {fact.relation.shown(language)}: ",
        Placeholder(place, "object"),
        ".",
    )
    return Clause(pieces, (place,))
