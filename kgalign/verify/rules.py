"""From evidence to verdicts: every checkable span of a text gets one status.

Supported spans are found first: what overlaps them becomes part of them, with all the triples that support
any of it. So a further fact can only turn other spans into supported ones. They lose their status only where
a known phrasing says that two names stand in each other's roles; then they contradict the fact.
Where a sentence denies what a supported span names, the denying word is what contradicts the graph.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgalign.verify.contradictions import Contradictions
from kgalign.verify.evidence import Evidence, Scores
from kgalign.verify.model_free import TurnedFact
from kgalign.verify.name_like import names_like
from kgalign.verify.negation import negations
from kgalign.verify.passage import Passage
from kgalign.verify.values import Stated
from kgalign.verify.verdicts import Fact, Status, Triple, Verdict

_MOST_EVIDENCE = 8
# Smaller numbers are written for many reasons ("one of the two").
_SMALL = 12
_DOUBTFUL = 0.5


@dataclass
class _Found:
    start: int
    end: int
    status: Status
    facts: list[int]
    score: float


@dataclass(frozen=True)
class OtherName:
    """An entity that the text names and the facts don't.

    Attributes:
        sentence: number of the sentence.
        first: its first word, counted in the text.
        last: its last word, inclusive.
        facts: those whose object it could be instead; none if nobody knows.
    """

    sentence: int
    first: int
    last: int
    facts: tuple[int, ...]


class VerdictRules:
    """Makes verdicts for one text.

    Args:
        passage: the text.
        facts: all facts that count.
        evidence: what the text shows of them.
        scores: facts × sentences: how surely each sentence states each fact.
        contradictions: tells what a span contradicts.
        least_mention: from this score on, a mention is one.
        others: entities of the graph that the text names and the facts don't.
        turned: facts whose names stand in each other's roles.
    """

    def __init__(
        self,
        passage: Passage,
        facts: Sequence[Fact],
        evidence: Evidence,
        scores: Scores,
        contradictions: Contradictions,
        least_mention: float,
        others: Sequence[OtherName],
        turned: Sequence[TurnedFact] = (),
    ) -> None:
        self._passage = passage
        self._facts = facts
        self._evidence = evidence
        self._scores = scores
        self._contradictions = contradictions
        self._least_mention = least_mention
        self._others = others
        self._turned = turned
        self._of_term: dict[int, list[int]] = {}
        for row, (subject, thing) in enumerate(zip(evidence.subject, evidence.object, strict=True)):
            for term in dict.fromkeys((int(subject), int(thing))):
                self._of_term.setdefault(term, []).append(row)

    def verdicts(self) -> list[Verdict]:
        """The verdicts, by place."""
        supported = _merged(self._supported())
        taken = self._passage.words_covered((each.start, each.end) for each in supported)
        others = (
            self._denials(supported, taken)
            + self._values(taken)
            + self._other_names(taken)
            + self._names_like(taken)
        )
        self._turn(supported)
        found = sorted(supported + others, key=lambda each: each.start)
        return [self._verdict(each) for each in found]

    def _supported(self) -> list[_Found]:
        found = []
        words = self._passage.words
        for mention in self._evidence.mentions:
            if mention.score >= self._least_mention:
                start, end = words[mention.first].start, words[mention.last].end
                rows = self._telling(mention.term, mention.sentence)
                found.append(_Found(start, end, "supported", rows, mention.score))
        for place, terms in self._evidence.values.items():
            sentence, said = self._passage.stated[place]
            best = max(terms.values())
            if best >= 1:
                rows = [
                    row for term, fit in terms.items() if fit == best for row in self._telling(term, sentence)
                ]
                found.append(_Found(said.start, said.end, "supported", rows, best))
        return found

    def _telling(self, term: int, sentence: int) -> list[int]:
        """The facts of a term, those that the sentence states most surely first."""
        rows = np.array(self._of_term.get(term, ()), np.int64)
        order = np.argsort(-self._scores[rows, sentence], kind="stable")[:_MOST_EVIDENCE]
        first: list[int] = rows[order].tolist()
        return first

    def _values(self, taken: NDArray[np.bool_]) -> list[_Found]:
        found = []
        for place, (sentence, said) in enumerate(self._passage.stated):
            held = self._passage.words_in(said.start, said.end)
            inside = slice(held.start, held.stop)
            if taken[inside].any():
                continue
            partly = max(self._evidence.values.get(place, {0: 0.0}).values())
            row = None if partly else self._contradictions.of_value(said, sentence)
            if row is not None:
                each = _Found(said.start, said.end, "contradicted", [row], self._spoken(row, sentence))
            elif _is_small(said):
                each = _Found(said.start, said.end, "not checkable", [], _DOUBTFUL)
            else:
                each = _Found(said.start, said.end, "unsupported", [], 1.0 - partly)
            taken[inside] = True
            found.append(each)
        return found

    def _other_names(self, taken: NDArray[np.bool_]) -> list[_Found]:
        found = []
        for name in self._others:
            inside = slice(name.first, name.last + 1)
            if not taken[inside].any():
                found.append(self._unsupported(inside, name.sentence, name.facts or None))
                taken[inside] = True
        return found

    def _names_like(self, taken: NDArray[np.bool_]) -> list[_Found]:
        found = []
        passage = self._passage
        # A list is read one by one much faster than an array; spans of one sentence leave others alone.
        known = taken.tolist()
        for sentence, (first, last) in enumerate(passage.bounds):
            for start, end in names_like(passage.words, first, last, passage.language, passage.text, known):
                found.append(self._unsupported(slice(start, end + 1), sentence, None))
                taken[start : end + 1] = True
        return found

    def _unsupported(self, inside: slice, sentence: int, rows: Sequence[int] | None) -> _Found:
        words = self._passage.words[inside]
        row = self._contradictions.of_name(sentence, rows)
        if row is None:
            return _Found(words[0].start, words[-1].end, "unsupported", [], 1.0)
        return _Found(words[0].start, words[-1].end, "contradicted", [row], self._spoken(row, sentence))

    def _denials(self, supported: Sequence[_Found], taken: NDArray[np.bool_]) -> list[_Found]:
        """The words that deny a fact, with the fact."""
        found = []
        passage = self._passage
        starts = [each.start for each in supported]
        named = self._places_by_term()
        for sentence, (first, last) in enumerate(passage.bounds):
            begin, end = passage.sentences[sentence]
            objects: list[_Found] | None = None
            for place in negations(passage.words[first:last], passage.language):
                word = passage.words[first + place]
                if taken[first + place]:
                    continue
                if objects is None:
                    here = supported[bisect_left(starts, begin) : bisect_left(starts, end)]
                    objects = [each for each in here if self._names_an_object(each, named)]
                denied = _beside(objects, word.start)
                if denied is not None:
                    taken[first + place] = True
                    found.append(_Found(word.start, word.end, "contradicted", denied.facts, denied.score))
        return found

    def _places_by_term(self) -> dict[int, list[int]]:
        """Where each term is named or its value stated, in order."""
        places: dict[int, list[int]] = {}
        for mention in self._evidence.mentions:
            places.setdefault(mention.term, []).append(self._passage.words[mention.first].start)
        for place, terms in self._evidence.values.items():
            for term in terms:
                places.setdefault(term, []).append(self._passage.stated[place][1].start)
        return {term: sorted(starts) for term, starts in places.items()}

    def _names_an_object(self, each: _Found, named: Mapping[int, list[int]]) -> bool:
        """Whether a span names the object of one of its facts."""
        for row in each.facts:
            starts = named.get(int(self._evidence.object[row]), [])
            place = bisect_left(starts, each.start)
            if place < len(starts) and starts[place] < each.end:
                return True
        return False

    def _turn(self, supported: Sequence[_Found]) -> None:
        """What stands for a name in the other's role contradicts the fact."""
        words = self._passage.words
        starts = [each.start for each in supported]
        for turned in self._turned:
            for first, last in turned.names:
                place = bisect_left(starts, words[last].end) - 1
                if place >= 0 and words[first].start < supported[place].end:
                    each = supported[place]
                    each.status, each.facts, each.score = "contradicted", [turned.row], turned.score

    def _spoken(self, row: int, sentence: int) -> float:
        return float(self._evidence.relations[row, sentence])

    def _verdict(self, each: _Found) -> Verdict:
        triples: dict[Triple, None] = dict.fromkeys(self._facts[row].triple for row in each.facts)
        return Verdict(
            start=each.start,
            end=each.end,
            status=each.status,
            evidence=tuple(triples)[:_MOST_EVIDENCE],
            score=round(each.score, 4),
        )


def _beside(objects: Sequence[_Found], place: int) -> _Found | None:
    """The object that stands next to a negation, after it if any does."""
    others = [each for each in objects if not each.start <= place < each.end]
    after = [each for each in others if each.start > place]
    return min(after or others, key=lambda each: abs(each.start - place), default=None)


def _is_small(said: Stated) -> bool:
    return not said.days and all(
        not amount.dimension and abs(number) <= _SMALL for amount in said.amounts for number in amount.written
    )


def _merged(found: Sequence[_Found]) -> list[_Found]:
    """Overlapping spans as one, with the facts of all."""
    merged: list[_Found] = []
    for each in sorted(found, key=lambda each: (each.start, -each.end)):
        if merged and each.start < merged[-1].end:
            last = merged[-1]
            last.end = max(last.end, each.end)
            last.facts = list(dict.fromkeys([*last.facts, *each.facts]))
            last.score = max(last.score, each.score)
        else:
            merged.append(each)
    return merged
