"""Facts that are nearly those of a text, but not what it says: another relation, roles exchanged.

They are made so that nothing but the text tells them from its own facts. A relation is replaced by one that
leads to things alike, and two objects are exchanged only where either relation could lead to both. What
might be true all the same is left out: relations that hold between the same two things anywhere, or whose
labels say the same, may mean the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from kgalign.verify.lexicon import Lesson
from kgalign.verify.literal_values import LiteralValues
from kgalign.verify.verdicts import Fact, Term

# So often a relation is looked for among those that lead to this very object, then among those that the
# same things have, then among all that lead to things alike.
_SAME_OBJECT = 0.4
_SAME_SUBJECT = 0.6
# Words of labels that are shorter say little: "of", "is".
_SHORT_WORD = 2
_THING = "thing"


class NearFacts:
    """Makes facts that the texts of some lessons don't state, though they nearly do.

    Args:
        lessons: texts with the facts that they state, of one language.
        literals: tells dates, numbers and other literals apart.
        is_mirrored: whether a relation holds in both directions between some two things.
    """

    def __init__(
        self, lessons: Sequence[Lesson], literals: LiteralValues, is_mirrored: Callable[[Term], bool]
    ) -> None:
        self._literals = literals
        self._is_mirrored = is_mirrored
        self._relations: dict[str, Term] = {}
        self._between: dict[tuple[str, str], set[str]] = {}
        self._leading: dict[str, dict[str, None]] = {}
        self._objects: dict[str, set[str]] = {}
        self._subjects: dict[str, set[str]] = {}
        kinds: dict[str, Counter[str]] = {}
        literals.read(fact.object for lesson in lessons for fact in lesson.facts if fact.object.literal)
        for lesson in lessons:
            for fact in lesson.facts:
                subject, relation, thing = fact.subject.value, fact.relation.value, fact.object.value
                self._relations.setdefault(relation, fact.relation)
                self._between.setdefault((subject, thing), set()).add(relation)
                self._leading.setdefault(thing, {})[relation] = None
                self._objects.setdefault(relation, set()).add(thing)
                self._subjects.setdefault(relation, set()).add(subject)
                kinds.setdefault(relation, Counter())[self._kind(fact.object)] += 1
        self._kinds = {relation: counts.most_common(1)[0][0] for relation, counts in kinds.items()}
        self._together = {
            frozenset((one, other)) for known in self._between.values() for one in known for other in known
        }
        self._words = {name: _content_words(relation) for name, relation in self._relations.items()}
        self._alike: dict[str, list[str]] = {}

    def other_relation(self, fact: Fact, rng: np.random.Generator) -> Fact | None:
        """*fact* with another relation, one that leads to things alike; None if none is known."""
        known = self._relations_like(fact.relation.value)
        known = [name for name in known if self._may_lead(name, fact.subject, fact.object)]
        leading = self._leading.get(fact.object.value, {})
        subjects = self._subjects.get(fact.relation.value, set())
        closer = [
            (_SAME_OBJECT, [name for name in known if name in leading]),
            (_SAME_SUBJECT, [name for name in known if not subjects.isdisjoint(self._subjects[name])]),
        ]
        for chance, names in closer:
            if names and rng.random() < chance:
                known = names
                break
        if not known:
            return None
        other = self._relations[known[int(rng.integers(len(known)))]]
        return fact.model_copy(update={"relation": other})

    def turned(self, fact: Fact) -> Fact | None:
        """*fact* with its subject and its object exchanged; None if that could hold."""
        known = self._between.get((fact.object.value, fact.subject.value), ())
        if fact.object.literal or self._is_mirrored(fact.relation) or fact.relation.value in known:
            return None
        return fact.model_copy(update={"subject": fact.object, "object": fact.subject})

    def crossed(self, fact: Fact, other: Fact) -> Fact | None:
        """*fact* with the object of *other*; None if that could hold, or nobody would believe it."""
        thing = other.object
        if thing == fact.object or thing == fact.subject or thing.literal != fact.object.literal:
            return None
        first, second = fact.relation.value, other.relation.value
        if not self._may_lead(first, fact.subject, thing):
            return None
        if first != second and second not in self._relations_like(first):
            return None
        return fact.model_copy(update={"object": thing})

    def _may_lead(self, relation: str, subject: Term, thing: Term) -> bool:
        """Whether nobody says that *relation* leads from *subject* to *thing*, though it could."""
        kind = self._kind(thing)
        return (
            relation not in self._between.get((subject.value, thing.value), ())
            and self._kinds.get(relation) == kind
        )

    def _relations_like(self, relation: str) -> list[str]:
        """Relations that mean something else and lead to things of the same kind."""
        found = self._alike.get(relation)
        if found is None:
            found = [name for name in self._relations if self._is_like(relation, name)]
            self._alike[relation] = found
        return found

    def _is_like(self, one: str, other: str) -> bool:
        if one == other or self._kinds.get(one) != self._kinds[other]:
            return False
        if frozenset((one, other)) in self._together:
            return False
        words = self._words.get(one, frozenset()), self._words[other]
        if words[0] <= words[1] or words[1] <= words[0]:
            return False
        return self._kinds[other] != _THING or not self._objects.get(one, set()).isdisjoint(
            self._objects[other]
        )

    def _kind(self, thing: Term) -> str:
        """What kind of thing it is."""
        if not thing.literal:
            return _THING
        read = self._literals.of(thing) if self._literals.is_value(thing) else ()
        return "date" if any(each.days for each in read) else "number" if read else "text"


def _content_words(relation: Term) -> frozenset[str]:
    names = [name.text for name in relation.names] or [relation.value]
    return frozenset(word for name in names for word in name.lower().split() if len(word) > _SHORT_WORD)
