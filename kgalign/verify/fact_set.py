"""Facts in memory: what a text is checked against where there is no store, or besides one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from kgalign.verify.name_index import NameIndex
from kgalign.verify.passage import Passage
from kgalign.verify.verdicts import Fact, Term

# With fewer subjects nothing is known of how many objects a relation may have.
_LEAST_SUBJECTS = 3
_MOST_OBJECTS = 2_000


class FactSet:
    """Facts, ready to be asked for.

    Args:
        facts: the facts.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts = tuple(dict.fromkeys(facts))
        self._indices: dict[str, NameIndex] = {}

    def about(self, value: str, most: int, neighbours: int) -> tuple[list[Fact], list[Fact]]:
        """Facts whose subject or object is *value*, and further facts about their objects."""
        own = self._by_term.get(value, [])[:most]
        known = {id(fact) for fact in own}
        objects = dict.fromkeys(fact.object.value for fact in own if not fact.object.literal)
        further = [
            fact
            for other in objects
            if other != value
            for fact in self._by_subject.get(other, [])
            if id(fact) not in known
        ]
        return own, further[:neighbours]

    def names(self, passage: Passage) -> NameIndex:
        """All entities by their names in the passage's language."""
        if passage.language not in self._indices:
            self._indices[passage.language] = NameIndex(self._entities, passage.language)
        return self._indices[passage.language]

    def functionality(self, relation: str) -> float | None:
        """Subjects per statement of a relation; None where too few are known."""
        statements = self._statements.get(relation, 0)
        subjects = self._subjects.get(relation, 0)
        return subjects / statements if subjects >= _LEAST_SUBJECTS else None

    def objects(self, relation: str) -> Sequence[Term]:
        """Entities that a relation leads to, at most two thousand."""
        return self._objects.get(relation, ())

    @cached_property
    def _by_term(self) -> dict[str, list[Fact]]:
        found: dict[str, list[Fact]] = {}
        for fact in self.facts:
            for value in dict.fromkeys((fact.subject.value, fact.object.value)):
                found.setdefault(value, []).append(fact)
        return found

    @cached_property
    def _by_subject(self) -> dict[str, list[Fact]]:
        found: dict[str, list[Fact]] = {}
        for fact in self.facts:
            found.setdefault(fact.subject.value, []).append(fact)
        return found

    @cached_property
    def _entities(self) -> Sequence[Term]:
        """Every term that isn't a literal, once for each set of names."""
        terms = (term for fact in self.facts for term in (fact.subject, fact.object) if not term.literal)
        return list({(term.value, term.names): term for term in terms}.values())

    @cached_property
    def _statements(self) -> Counter[str]:
        return Counter(fact.relation.value for fact in self.facts)

    @cached_property
    def _subjects(self) -> Counter[str]:
        pairs = {(fact.relation.value, fact.subject.value) for fact in self.facts}
        return Counter(relation for relation, _ in pairs)

    @cached_property
    def _objects(self) -> dict[str, list[Term]]:
        found: dict[str, dict[Term, None]] = {}
        for fact in self.facts:
            if not fact.object.literal:
                found.setdefault(fact.relation.value, {})[fact.object] = None
        return {relation: list(terms)[:_MOST_OBJECTS] for relation, terms in found.items()}
