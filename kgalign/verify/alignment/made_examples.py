"""What the alignment function learns from: texts beside facts, right ones and ones with made mistakes.

Each lesson gives one example in which the text says what its facts say, and others that are faulty: a
mistake in the text (:mod:`kgalign.verify.negatives`), a mistake in the facts, or a garbled text. To most of
them facts are added that the text does not state: of other texts, and such as are nearly its own
(:mod:`kgalign.verify.alignment.near_facts`). What nobody can know is left open, and teaches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kgalign.verify.alignment.near_facts import NearFacts
from kgalign.verify.evidence import Gatherer
from kgalign.verify.lexicon import Lesson
from kgalign.verify.negatives import KINDS, Kind, NegativeMaker
from kgalign.verify.verdicts import Fact, Span, Term

EXTRA = 0.6
FAULTS = 2
_MOST_FACTS = 10
# So many facts that are nearly those of the text are added to it, at most.
_MOST_NEAR = 3
_TRIES = 4
# How often each fault is tried first; many are impossible in most texts.
_CHANCES: dict[str, float] = {
    "entity": 3, "number": 3, "date": 3, "relation": 3, "roles": 4, "negation": 2, "dropped": 1, "added": 2,
    "lacking": 2, "other object": 2, "other relation": 7, "turned": 3, "exchanged": 2, "names exchanged": 2,
    "garbled": 2,
}  # fmt: skip
_HEAVY_LOSS = 0.25
_MOST_LOST = 0.6
_CHUNK = 6


@dataclass(frozen=True)
class AlignmentExample:
    """A text, facts, and what is known of how they agree.

    Attributes:
        kind: ``faithful`` or the fault.
        text: the text.
        language: of the text.
        facts: in no telling order.
        stated: for each fact whether the text states it, in [0, 1]; None where nobody can say.
        wrong: the places of the text that the facts don't support; None where nobody can say.
        holds: whether the text says nothing but what the facts say; None where nobody can say.
        quality: how much of the text is as a person wrote it, in [0, 1].
    """

    kind: str
    text: str
    language: str
    facts: tuple[Fact, ...]
    stated: tuple[float | None, ...]
    wrong: tuple[Span, ...] | None
    holds: float | None
    quality: float = 1.0


class ExampleMaker:
    """Makes examples of the lessons of one language; what it makes depends on the seed and them alone.

    Args:
        lessons: texts with the facts that they state.
        seed: of the choices.
        gatherer: finds the facts' terms in the texts.
    """

    def __init__(self, lessons: Sequence[Lesson], seed: int = 0, gatherer: Gatherer | None = None) -> None:
        self._lessons = lessons
        self._seed = seed
        gatherer = gatherer or Gatherer()
        self._maker = NegativeMaker(lessons, gatherer, seed)
        self._near = NearFacts(lessons, gatherer.literals, self._maker.is_mirrored)
        self._by_subject: dict[str, list[Fact]] = {}
        self._by_relation: dict[str, list[Fact]] = {}
        self._every: list[Fact] = []
        for lesson in lessons:
            for fact in lesson.facts:
                self._by_subject.setdefault(fact.subject.value, []).append(fact)
                self._by_relation.setdefault(fact.relation.value, []).append(fact)
                self._every.append(fact)

    def examples(self, extra: float = EXTRA, faults: int = FAULTS) -> Iterator[AlignmentExample]:
        """A faithful example of each lesson, and faulty ones.

        Args:
            extra: share of them to which facts are added that the text doesn't state.
            faults: how many kinds of fault to make of a lesson, at most.
        """
        names = list(_CHANCES)
        chances = np.array([_CHANCES[name] for name in names])
        for number, lesson in enumerate(self._lessons):
            rng = np.random.default_rng([self._seed, number])
            yield self._with_extra(self._faithful(lesson), extra, rng)
            left = faults
            for place in rng.choice(len(names), len(names), replace=False, p=chances / chances.sum()):
                made = self._faulty(names[place], number, lesson, rng)
                if made is not None:
                    yield self._with_extra(made, extra, rng)
                    left -= 1
                    if not left:
                        break

    def _faithful(self, lesson: Lesson) -> AlignmentExample:
        facts = tuple(lesson.facts)
        return AlignmentExample("faithful", lesson.text, lesson.language, facts, (1.0,) * len(facts), (), 1.0)

    def _faulty(
        self, kind: str, number: int, lesson: Lesson, rng: np.random.Generator
    ) -> AlignmentExample | None:
        own: dict[str, Callable[[int, Lesson, np.random.Generator], AlignmentExample | None]] = {
            "lacking": self._lacking,
            "other object": self._other_object,
            "other relation": self._other_relation,
            "turned": self._turned,
            "exchanged": self._exchanged,
            "names exchanged": self._names_exchanged,
            "garbled": self._garbled,
        }
        if kind in own:
            return own[kind](number, lesson, rng)
        return self._mistaken(next(each for each in KINDS if each == kind), number, lesson)

    def _mistaken(self, kind: Kind, number: int, lesson: Lesson) -> AlignmentExample | None:
        """A mistake as the tests of verifiers make it."""
        made = self._maker.of(number, kind)
        if made is None:
            return None
        stated = tuple(None if each is None else float(each) for each in made.stated)
        known = kind != "relation"
        return AlignmentExample(
            kind, made.text, lesson.language, made.facts, stated, made.spans if known else None,
            1.0 if kind == "dropped" else 0.0,
        )  # fmt: skip

    def _spans_of(self, number: int, facts: Sequence[Fact], fact: Fact) -> tuple[Span, ...] | None:
        """Where a fact's object is named, if no other of *facts* supports it; None if nobody knows."""
        term = fact.object
        if any(term in (each.subject, each.object) for each in facts):
            return None
        places = [place for place in self._maker.places(number) if place.term == term]
        return tuple(Span(start=place.start, end=place.end) for place in places) or None

    def _lacking(self, number: int, lesson: Lesson, rng: np.random.Generator) -> AlignmentExample | None:
        """A fact that the text states is not among the facts."""
        if len(lesson.facts) < 2:
            return None
        row = int(rng.integers(len(lesson.facts)))
        rest = tuple(fact for place, fact in enumerate(lesson.facts) if place != row)
        wrong = self._spans_of(number, rest, lesson.facts[row])
        if wrong is None:
            return None
        return AlignmentExample("lacking", lesson.text, lesson.language, rest, (1.0,) * len(rest), wrong, 0.0)

    def _other_object(self, number: int, lesson: Lesson, rng: np.random.Generator) -> AlignmentExample | None:
        """The facts know another object than the text names."""
        row = int(rng.integers(len(lesson.facts)))
        fact = lesson.facts[row]
        other = self._maker.other_object(fact, rng)
        if other is None:
            return None
        facts = list(lesson.facts)
        facts[row] = fact.model_copy(update={"object": other})
        wrong = self._spans_of(number, facts, fact)
        return AlignmentExample(
            "other object", lesson.text, lesson.language, tuple(facts), _all_but(row, len(facts)), wrong,
            0.0 if wrong else None,
        )  # fmt: skip

    def _other_relation(
        self, number: int, lesson: Lesson, rng: np.random.Generator
    ) -> AlignmentExample | None:
        """A fact says something else of the same two things than the text."""
        for row in rng.permutation(len(lesson.facts)).tolist():
            made = self._near.other_relation(lesson.facts[row], rng)
            if made is not None:
                return _with_facts("other relation", lesson, {row: made})
        return None

    def _turned(self, number: int, lesson: Lesson, rng: np.random.Generator) -> AlignmentExample | None:
        """Subject and object of a fact exchanged, in the fact."""
        for row in rng.permutation(len(lesson.facts)).tolist():
            made = self._near.turned(lesson.facts[row])
            if made is not None:
                return _with_facts("turned", lesson, {row: made})
        return None

    def _exchanged(self, number: int, lesson: Lesson, rng: np.random.Generator) -> AlignmentExample | None:
        """The objects of two facts exchanged, in the facts."""
        pairs = self._pairs(lesson)
        if not pairs:
            return None
        row, other, first, second = pairs[int(rng.integers(len(pairs)))]
        return _with_facts("exchanged", lesson, {row: first, other: second})

    def _names_exchanged(
        self, number: int, lesson: Lesson, rng: np.random.Generator
    ) -> AlignmentExample | None:
        """The names of two things exchanged in the text: of two objects, or of subject and object."""
        facts = lesson.facts
        told: list[tuple[Term, Term, set[int]]] = [
            (fact.subject, fact.object, {row})
            for row, fact in enumerate(facts)
            if self._near.turned(fact) is not None
        ]
        told += [
            (facts[row].object, facts[other].object, {row, other})
            for row, other, *_ in self._pairs(lesson)
            if not facts[row].object.literal
        ]
        for place in rng.permutation(len(told)).tolist():
            first, second, rows = told[place]
            made = self._maker.exchanged(number, first, second)
            if made is not None:
                stated = tuple(
                    0.0 if row in rows else None if {first, second} & {fact.subject, fact.object} else 1.0
                    for row, fact in enumerate(facts)
                )
                return AlignmentExample(
                    "names exchanged", made[0], lesson.language, tuple(facts), stated, tuple(made[1]), 0.0
                )
        return None

    def _pairs(self, lesson: Lesson) -> list[tuple[int, int, Fact, Fact]]:
        """Two facts whose objects can be exchanged, by their rows, and what they are then."""
        found = []
        for row, fact in enumerate(lesson.facts):
            for place in range(row + 1, len(lesson.facts)):
                other = lesson.facts[place]
                first, second = self._near.crossed(fact, other), self._near.crossed(other, fact)
                if first is not None and second is not None:
                    found.append((row, place, first, second))
        return found

    def _garbled(self, number: int, lesson: Lesson, rng: np.random.Generator) -> AlignmentExample | None:
        """Words lost, said twice or out of order."""
        words = lesson.text.split()
        if len(words) < _CHUNK:
            return None
        way = int(rng.integers(3))
        if way == 0:
            return self._thinned(number, lesson, rng)
        start = int(rng.integers(len(words) - 2))
        size = int(rng.integers(2, _CHUNK + 1))
        chunk = words[start : start + size]
        if way == 1:
            at = int(rng.integers(len(words) + 1))
            changed = [*words[:at], *chunk, *words[at:]]
            known, holds = 1.0, 1.0
        else:
            rng.shuffle(chunk)
            changed = [*words[:start], *chunk, *words[start + size :]]
            known, holds = None, None
        if changed == words:
            return None
        quality = 1 - len(chunk) / len(words)
        return AlignmentExample(
            "garbled", " ".join(changed), lesson.language, tuple(lesson.facts),
            (known,) * len(lesson.facts), None, holds, max(quality, 0.0),
        )  # fmt: skip

    def _thinned(self, number: int, lesson: Lesson, rng: np.random.Generator) -> AlignmentExample | None:
        """Words lost here and there; a fact whose object lost a word isn't stated."""
        rate = float(rng.uniform(0.1, _MOST_LOST))
        kept, lost, place = [], [], 0
        for word in lesson.text.split():
            start = lesson.text.index(word, place)
            place = start + len(word)
            if rng.random() < rate:
                lost.append((start, place))
            else:
                kept.append(word)
        if not lost or not kept:
            return None
        whole: dict[object, bool] = {}
        for spot in self._maker.places(number):
            untouched = not any(start < spot.end and spot.start < end for start, end in lost)
            whole[spot.term] = whole.get(spot.term, False) or untouched
        heavy = len(lost) > _HEAVY_LOSS * (len(kept) + len(lost))
        stated = tuple(
            0.0 if whole.get(fact.object) is False else None if heavy or fact.object not in whole else 1.0
            for fact in lesson.facts
        )
        quality = len(kept) / (len(kept) + len(lost))
        return AlignmentExample(
            "garbled", " ".join(kept), lesson.language, tuple(lesson.facts), stated, None, None, quality
        )

    def _with_extra(
        self, example: AlignmentExample, extra: float, rng: np.random.Generator
    ) -> AlignmentExample:
        """The example with facts that its text doesn't state, all in another order."""
        facts, stated = list(example.facts), list(example.stated)
        if rng.random() < extra:
            known = {fact.triple for fact in facts}
            for fact in self._near_those(example, rng):
                if len(facts) < _MOST_FACTS and fact.triple not in known:
                    known.add(fact.triple)
                    facts.append(fact)
                    stated.append(0.0)
            ends = {frozenset((fact.subject.value, fact.object.value)) for fact in facts}
            named = {fact.object.value for fact in facts}
            for fact in self._others(facts, int(rng.integers(1, _MOST_FACTS)), rng):
                if len(facts) >= _MOST_FACTS:
                    break
                pair = frozenset((fact.subject.value, fact.object.value))
                shown = fact.object.shown(example.language).casefold()
                if fact.triple in known or pair in ends or fact.object.value in named:
                    continue
                if shown in example.text.casefold():
                    continue
                known.add(fact.triple)
                facts.append(fact)
                stated.append(0.0)
        order = rng.permutation(len(facts))
        return AlignmentExample(
            example.kind, example.text, example.language,
            tuple(facts[place] for place in order), tuple(stated[place] for place in order),
            example.wrong, example.holds, example.quality,
        )  # fmt: skip

    def _near_those(self, example: AlignmentExample, rng: np.random.Generator) -> list[Fact]:
        """Facts that are nearly those that the text surely states."""
        told = [fact for fact, known in zip(example.facts, example.stated, strict=True) if known == 1.0]
        found: list[Fact] = []
        wanted = int(rng.integers(_MOST_NEAR + 1)) if told else 0
        for _ in range(_TRIES * wanted):
            if len(found) == wanted:
                break
            fact, other = (told[int(rng.integers(len(told)))] for _ in range(2))
            match int(rng.integers(3)):
                case 0:
                    made = self._near.other_relation(fact, rng)
                case 1:
                    made = self._near.turned(fact)
                case _:
                    made = self._near.crossed(fact, other)
            if made is not None:
                found.append(made)
        return found

    def _others(self, facts: Sequence[Fact], count: int, rng: np.random.Generator) -> list[Fact]:
        """Facts that might be confused with *facts*: of the same things, of the same relations, of any."""
        fact = facts[int(rng.integers(len(facts)))]
        pools = [
            self._by_subject.get(fact.subject.value, []),
            self._by_relation.get(fact.relation.value, []),
            self._every,
        ]
        found = []
        for _ in range(count):
            pool = pools[int(rng.integers(len(pools)))]
            if pool:
                found.append(pool[int(rng.integers(len(pool)))])
        return found


def _with_facts(kind: str, lesson: Lesson, changed: Mapping[int, Fact]) -> AlignmentExample:
    """The text beside facts some of which it doesn't state; nobody can say which words are wrong then."""
    facts = tuple(changed.get(row, fact) for row, fact in enumerate(lesson.facts))
    stated = tuple(float(row not in changed) for row in range(len(facts)))
    return AlignmentExample(kind, lesson.text, lesson.language, facts, stated, None, 0.0)


def _all_but(row: int, count: int) -> tuple[float | None, ...]:
    return tuple(0.0 if place == row else 1.0 for place in range(count))
