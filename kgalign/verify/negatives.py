"""Made mistakes: texts and facts that no longer agree, with the place where they don't.

For measuring a verifier, and for training one. The mistakes are those that generators make: another
entity, number or date, another relation, subject and object exchanged, a denial, a fact left out, a
sentence that no fact covers. Names are replaced by names as other texts of the language write them, of
entities that the same relation leads to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kgalign.verify.denial import denied
from kgalign.verify.evidence import Evidence, Gatherer
from kgalign.verify.lexicon import Lesson
from kgalign.verify.passage import Passage
from kgalign.verify.scanning import ascii_digits
from kgalign.verify.values import Stated, supports
from kgalign.verify.verdicts import Fact, Span, Term

Kind = Literal["entity", "number", "date", "relation", "roles", "negation", "dropped", "added"]
KINDS: tuple[Kind, ...] = (
    "entity", "number", "date", "relation", "roles", "negation", "dropped", "added",
)  # fmt: skip
# Names have to be found surely to be replaced.
_SURE = 0.9
_MOST_TRIES = 8
_MOST_YEARS = 30


@dataclass(frozen=True)
class Negative:
    """A text and facts that don't agree.

    Attributes:
        kind: what was changed.
        text: the text.
        language: of the text.
        facts: what it would have to state.
        spans: the changed places of the text; none where the facts were changed, or a part left out.
        original: number of the lesson it was made of.
        stated: for each fact whether the text still states it; None where nobody can say.
    """

    kind: Kind
    text: str
    language: str
    facts: tuple[Fact, ...]
    spans: tuple[Span, ...]
    original: int
    stated: tuple[bool | None, ...]


@dataclass(frozen=True)
class Place:
    """Where a text names a term surely."""

    term: Term
    start: int
    end: int
    sentence: int


class NegativeMaker:
    """Makes mistakes in texts; what it does depends on the seed and the lessons alone.

    Args:
        lessons: texts with the facts that they state, of one language.
        gatherer: finds the facts' terms in them.
        seed: of the choices.
    """

    def __init__(self, lessons: Sequence[Lesson], gatherer: Gatherer, seed: int = 0) -> None:
        self._lessons = lessons
        self._gatherer = gatherer
        self._seed = seed
        gatherer.read([lesson.facts for lesson in lessons])
        self._places: list[list[Place]] = []
        self._spelt: dict[str, list[tuple[Term, str]]] = {}
        self._relations: dict[str, list[Term]] = {}
        self._objects: dict[tuple[str, str], set[str]] = {}
        self._mirrored: set[str] = set()
        for lesson in lessons:
            self._learn(lesson)

    def make(self, kinds: Sequence[Kind] = KINDS) -> Iterator[Negative]:
        """For each lesson at most one mistake of each kind."""
        for number in range(len(self._lessons)):
            for kind in kinds:
                made = self.of(number, kind)
                if made is not None:
                    yield made

    def of(self, number: int, kind: Kind) -> Negative | None:
        """The mistake of one kind in a lesson; None if none can be made."""
        lesson = self._lessons[number]
        rng = np.random.default_rng([self._seed, number, KINDS.index(kind)])
        made: _Made | None = getattr(self, f"_{kind}")(number, lesson, rng)
        if made is None:
            return None
        text, facts, spans, stated = made
        return Negative(kind, text, lesson.language, tuple(facts), tuple(spans), number, tuple(stated))

    def places(self, number: int) -> list[Place]:
        """Where a lesson's text names terms of its facts surely."""
        return self._places[number]

    def other_object(self, fact: Fact, rng: np.random.Generator) -> Term | None:
        """Another thing that the relation of *fact* leads to, not from its subject; None if none is known."""
        others = self._spelt.get(fact.relation.value, [])
        own = self._objects.get((fact.subject.value, fact.relation.value), set())
        for _ in range(_MOST_TRIES if others else 0):
            other, _ = others[rng.integers(len(others))]
            if other.value not in own:
                return other
        return None

    def exchanged(self, number: int, first: Term, second: Term) -> tuple[str, list[Span]] | None:
        """A lesson's text with two names exchanged wherever they stand, and these places.

        None if either isn't surely named, or one stands within the other.
        """
        lesson = self._lessons[number]
        places = [[place for place in self._places[number] if place.term == term] for term in (first, second)]
        if not all(places) or any(_overlap(one, other) for one in places[0] for other in places[1]):
            return None
        spelt = [lesson.text[own[0].start : own[0].end] for own in places]
        changes = [(place, spelt[1]) for place in places[0]] + [(place, spelt[0]) for place in places[1]]
        made = _replaced(lesson, changes, [])
        return None if made is None else (made[0], made[2])

    def is_mirrored(self, relation: Term) -> bool:
        """Whether a relation holds in both directions between some two things."""
        return relation.value in self._mirrored

    def _learn(self, lesson: Lesson) -> None:
        passage = Passage(lesson.text, lesson.language)
        evidence = self._gatherer.gather(passage, lesson.facts)
        places = _places(passage, evidence)
        self._places.append(places)
        by_term = {place.term: lesson.text[place.start : place.end] for place in places}
        for fact in lesson.facts:
            relation, value = fact.relation.value, fact.object.value
            if fact.object in by_term and not fact.object.literal:
                self._spelt.setdefault(relation, []).append((fact.object, by_term[fact.object]))
            known = self._relations.setdefault(value, [])
            if fact.relation not in known:
                known.append(fact.relation)
            self._objects.setdefault((fact.subject.value, relation), set()).add(value)
            if fact.subject.value in self._objects.get((value, relation), ()):
                self._mirrored.add(relation)

    def _entity(self, number: int, lesson: Lesson, rng: np.random.Generator) -> _Made | None:
        """An object's name replaced by another object's of the same relation."""
        places = {place.term: place for place in self._places[number]}
        facts = [fact for fact in lesson.facts if fact.object in places and not fact.object.literal]
        if not facts:
            return None
        fact = facts[rng.integers(len(facts))]
        others = self._spelt.get(fact.relation.value, [])
        own = {term.value for each in lesson.facts for term in (each.subject, each.object)}
        mentioned = lesson.text.casefold()
        for _ in range(_MOST_TRIES):
            other, spelling = others[rng.integers(len(others))]
            if other.value not in own and spelling.casefold() not in mentioned:
                stated = _without(lesson.facts, {fact.object}, {fact.object})
                return _replaced(lesson, [(places[fact.object], spelling)], stated)
        return None

    def _number(self, number: int, lesson: Lesson, rng: np.random.Generator) -> _Made | None:
        return self._figure(lesson, rng, dates=False)

    def _date(self, number: int, lesson: Lesson, rng: np.random.Generator) -> _Made | None:
        return self._figure(lesson, rng, dates=True)

    def _figure(self, lesson: Lesson, rng: np.random.Generator, dates: bool) -> _Made | None:
        """A number of a supported value changed, in its own digits."""
        passage = Passage(lesson.text, lesson.language)
        known = [fact.object for fact in lesson.facts if fact.object.literal]
        for _, said in passage.stated:
            meant = {
                term
                for term in known
                if any(supports(value, said) >= 1 for value in self._gatherer.literals.of(term))
            }
            if bool(said.days) != dates or not meant:
                continue
            made = _other_figure(lesson.text, said, rng)
            if made is not None:
                spelling, start, end = made
                place = Place(lesson.facts[0].object, start, end, 0)
                return _replaced(lesson, [(place, spelling)], _without(lesson.facts, meant, set()))
        return None

    def _relation(self, number: int, lesson: Lesson, rng: np.random.Generator) -> _Made | None:
        """A fact's relation replaced by another that leads to the same object elsewhere."""
        places = {place.term for place in self._places[number]}
        own = {fact.relation.value for fact in lesson.facts}
        choices = [
            (row, relation)
            for row, fact in enumerate(lesson.facts)
            if fact.object in places
            for relation in self._relations.get(fact.object.value, [])
            if relation.value not in own and not _same_words(relation, fact.relation)
        ]
        if not choices:
            return None
        row, relation = choices[rng.integers(len(choices))]
        facts = list(lesson.facts)
        facts[row] = facts[row].model_copy(update={"relation": relation})
        return lesson.text, facts, [], [place != row for place in range(len(facts))]

    def _roles(self, number: int, lesson: Lesson, rng: np.random.Generator) -> _Made | None:
        """Subject and object of a fact exchanged, where the text names each once."""
        places: dict[Term, list[Place]] = {}
        for place in self._places[number]:
            places.setdefault(place.term, []).append(place)
        facts = [
            fact
            for fact in lesson.facts
            if len(places.get(fact.subject, ())) == 1
            and len(places.get(fact.object, ())) == 1
            and not fact.object.literal
            and fact.relation.value not in self._mirrored
            and places[fact.subject][0].sentence == places[fact.object][0].sentence
            and not _overlap(places[fact.subject][0], places[fact.object][0])
        ]
        if not facts:
            return None
        fact = facts[rng.integers(len(facts))]
        first, second = places[fact.subject][0], places[fact.object][0]
        spelt = [lesson.text[place.start : place.end] for place in (first, second)]
        touched = {fact.subject, fact.object}
        stated = _without(lesson.facts, set(), touched)
        stated[lesson.facts.index(fact)] = False
        return _replaced(lesson, [(first, spelt[1]), (second, spelt[0])], stated)

    def _negation(self, number: int, lesson: Lesson, rng: np.random.Generator) -> _Made | None:
        made = denied(lesson.text, lesson.language)
        if made is None:
            return None
        # Of several facts nobody can say which one the first verb tells.
        stated: _Stated = [False] if len(lesson.facts) == 1 else [None] * len(lesson.facts)
        return made[0], list(lesson.facts), [Span(start=made[1], end=made[2])], stated

    def _dropped(self, number: int, lesson: Lesson, rng: np.random.Generator) -> _Made | None:
        """One of several sentences left out, with the object of a fact that no other names."""
        passage = Passage(lesson.text, lesson.language)
        if len(passage.sentences) < 2:
            return None
        for sentence in rng.permutation(len(passage.sentences)):
            here = {place.term for place in self._places[number] if place.sentence == sentence}
            elsewhere = {place.term for place in self._places[number] if place.sentence != sentence}
            if any(fact.object in here - elsewhere for fact in lesson.facts):
                start, end = passage.sentences[sentence]
                text = (lesson.text[:start].rstrip() + " " + lesson.text[end:].lstrip()).strip()
                named = [
                    True if fact.object in elsewhere else False if fact.object in here else None
                    for fact in lesson.facts
                ]
                return text, list(lesson.facts), [], named
        return None

    def _added(self, number: int, lesson: Lesson, rng: np.random.Generator) -> _Made | None:
        """A sentence about something else added."""
        own = {term.value for fact in lesson.facts for term in (fact.subject, fact.object)}
        for _ in range(_MOST_TRIES):
            other = self._lessons[int(rng.integers(len(self._lessons)))]
            foreign = {term.value for fact in other.facts for term in (fact.subject, fact.object)}
            if not own & foreign:
                text = f"{lesson.text} {other.text}"
                added = Span(start=len(lesson.text) + 1, end=len(text))
                return text, list(lesson.facts), [added], [True] * len(lesson.facts)
        return None


_Stated = list[bool | None]
_Made = tuple[str, list[Fact], list[Span], _Stated]


def _without(facts: Sequence[Fact], gone: set[Term], touched: set[Term]) -> _Stated:
    """Which facts a text states still: not those with an object in *gone*; who knows of the *touched*."""
    return [
        False if fact.object in gone else None if {fact.subject, fact.object} & touched else True
        for fact in facts
    ]


def _places(passage: Passage, evidence: Evidence) -> list[Place]:
    """Where names stand that are surely those of the facts' terms."""
    found = []
    for mention in evidence.mentions:
        words = passage.words[mention.first : mention.last + 1]
        if mention.score >= _SURE and len(mention.words) == len(words):
            term = evidence.terms[mention.term]
            found.append(Place(term, words[0].start, words[-1].end, mention.sentence))
    return found


def _replaced(lesson: Lesson, changes: Sequence[tuple[Place, str]], stated: _Stated) -> _Made | None:
    """The text with other spellings at some places, and where these stand then."""
    text, spans, shift = lesson.text, [], 0
    for place, spelling in sorted(changes, key=lambda change: change[0].start):
        start = place.start + shift
        text = text[:start] + spelling + text[place.end + shift :]
        spans.append(Span(start=start, end=start + len(spelling)))
        shift += len(spelling) - (place.end - place.start)
    return None if text == lesson.text else (text, list(lesson.facts), spans, stated)


def _other_figure(text: str, said: Stated, rng: np.random.Generator) -> tuple[str, int, int] | None:
    """Another number for the longest run of digits of a value, and where it stands."""
    plain = ascii_digits(text)
    runs: list[tuple[int, int]] = []
    for place in range(said.start, said.end):
        if plain[place].isdigit():
            if runs and runs[-1][1] == place:
                runs[-1] = (runs[-1][0], place + 1)
            else:
                runs.append((place, place + 1))
    if not runs:
        return None
    start, end = max(runs, key=lambda run: (run[1] - run[0], -run[0]))
    number = int(plain[start:end])
    if said.days:
        other = number + int(rng.choice([-1, 1])) * int(rng.integers(1, _MOST_YEARS))
        if end - start <= 2:
            other = number % 28 + 1
    else:
        place = int(rng.integers(0, end - start))
        step = 10 ** (end - start - 1 - place)
        other = number + step * int(rng.integers(1, 9))
    digits = str(abs(other)).rjust(end - start, "0")[-(end - start) :]
    if int(digits) == number:
        return None
    zero = chr(ord(text[start]) - int(plain[start]))
    return "".join(chr(ord(zero) + int(digit)) for digit in digits), start, end


def _same_words(first: Term, second: Term) -> bool:
    """Whether two relations share a word of their labels, and so may mean the same."""
    words = [{word for name in term.names for word in name.text.lower().split()} for term in (first, second)]
    return bool(words[0] & words[1])


def _overlap(first: Place, second: Place) -> bool:
    return first.start < second.end and second.start < first.end
