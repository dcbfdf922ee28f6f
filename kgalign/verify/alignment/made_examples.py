"""What the alignment function learns from: texts beside facts, right ones and ones with made mistakes.

Each lesson gives one example in which the text says what its facts say, and one that is faulty: a mistake
in the text (:mod:`kgalign.verify.negatives`), a mistake in the facts, or a garbled text. To most of them
facts are added that the text does not state. What nobody can know is left open, and teaches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kgalign.verify.evidence import Gatherer
from kgalign.verify.lexicon import Lesson
from kgalign.verify.negatives import KINDS, Kind, NegativeMaker
from kgalign.verify.verdicts import Fact, Span

EXTRA = 0.6
_MOST_FACTS = 10
# How often each fault is tried first; many are impossible in most texts.
_CHANCES: dict[str, float] = {
    "entity": 3, "number": 3, "date": 3, "relation": 3, "roles": 2, "negation": 2, "dropped": 1, "added": 2,
    "lacking": 2, "other object": 2, "turned": 2, "garbled": 2,
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
        self._maker = NegativeMaker(lessons, gatherer or Gatherer(), seed)
        self._by_subject: dict[str, list[Fact]] = {}
        self._by_relation: dict[str, list[Fact]] = {}
        self._every: list[Fact] = []
        for lesson in lessons:
            for fact in lesson.facts:
                self._by_subject.setdefault(fact.subject.value, []).append(fact)
                self._by_relation.setdefault(fact.relation.value, []).append(fact)
                self._every.append(fact)

    def examples(self, extra: float = EXTRA, faults: int = 1) -> Iterator[AlignmentExample]:
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
            "turned": self._turned,
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

    def _turned(self, number: int, lesson: Lesson, rng: np.random.Generator) -> AlignmentExample | None:
        """Subject and object of a fact exchanged, in the fact."""
        rows = [
            row
            for row, fact in enumerate(lesson.facts)
            if not fact.object.literal and not self._maker.is_mirrored(fact.relation)
        ]
        if not rows:
            return None
        row = rows[int(rng.integers(len(rows)))]
        facts = list(lesson.facts)
        fact = facts[row]
        facts[row] = fact.model_copy(update={"subject": fact.object, "object": fact.subject})
        return AlignmentExample(
            "turned", lesson.text, lesson.language, tuple(facts), _all_but(row, len(facts)), None, 0.0
        )

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


def _all_but(row: int, count: int) -> tuple[float | None, ...]:
    return tuple(0.0 if place == row else 1.0 for place in range(count))
