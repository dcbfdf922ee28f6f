"""Checking texts: facts chosen, evidence gathered, verdicts given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from kgalign.kg import KnowledgeGraph
from kgalign.verify.contradictions import Contradictions
from kgalign.verify.evidence import Evidence, Gatherer, Scores
from kgalign.verify.fact_set import FactSet
from kgalign.verify.lexicon import Lexicon
from kgalign.verify.mentions import Mention
from kgalign.verify.model_free import ModelFreeScorer
from kgalign.verify.name_index import NameIndex
from kgalign.verify.options import VerifyOptions
from kgalign.verify.passage import Passage
from kgalign.verify.phrasing import Phrasing
from kgalign.verify.refinement import Refinement
from kgalign.verify.rules import OtherName, VerdictRules
from kgalign.verify.text_scores import ReadText, correctness, covered, graded
from kgalign.verify.verdicts import Fact, FactCoverage, Span, Term, Verdict, VerifiedText

if TYPE_CHECKING:
    from kgalign.verify.alignment import AlignmentScorer, TextAnswers

# Texts that are held in memory at once.
_TOGETHER = 256
# Rivals are many, and some are spelt nearly like a word of the text.
_SURE_RIVAL = 0.88
_LONG_NAME = 6
# Log-odds of a fact in a text without sentences.
_UNSTATED = -12.0


class FactSource(Protocol):
    """Where facts come from: a :class:`FactSet` or a graph's store."""

    def about(self, value: str, most: int, neighbours: int) -> tuple[list[Fact], list[Fact]]:
        """Facts whose subject or object is *value*, and further facts about their objects."""
        ...

    def names(self, passage: Passage) -> NameIndex:
        """Entities whose names may stand in the passage."""
        ...

    def functionality(self, relation: str) -> float | None:
        """Subjects per statement of a relation; None if unknown."""
        ...

    def objects(self, relation: str) -> Sequence[Term]:
        """Entities that a relation leads to."""
        ...


@dataclass(frozen=True)
class Request:
    """A text to be checked.

    Attributes:
        text: the text.
        language: its tag; None for the options' language.
        about: the entity that it is about; None to look for it.
        facts: what it should state; None for what the graph says of *about*.
    """

    text: str
    language: str | None = None
    about: str | None = None
    facts: Sequence[Fact] | None = None


@dataclass(frozen=True)
class Looked:
    """A text with its facts, and what the model-free layer makes of them.

    Attributes:
        passage: the text.
        own: the facts that it should state.
        facts: these and others that support what it says.
        selected: whether somebody chose the facts.
        evidence: what was found.
        scores: facts × sentences, model-free.
    """

    passage: Passage
    own: list[Fact]
    facts: list[Fact]
    selected: bool
    evidence: Evidence
    scores: Scores


class Verifier:
    """Checks texts against a graph, or against facts alone.

    Args:
        graph: a store, a :class:`FactSet`, or None if every request brings its facts.
        options: see :class:`VerifyOptions`.
        lexicon: which words go with which labels; by default the one that the options name, or what the
            alignment function's folder holds.
        phrasing: how relations are put into words; likewise.
        alignment: a trained alignment function; by default the one that the options name.

    >>> from kgalign.kg import load
    >>> verified = Verifier(load("graph_data/world_en_fr_hi.ttl")).verify(
    ...     "Palikir is a city of Micronesia.", "en")  # doctest: +SKIP
    """

    def __init__(
        self,
        graph: KnowledgeGraph | FactSource | None = None,
        options: VerifyOptions | None = None,
        lexicon: Lexicon | None = None,
        phrasing: Phrasing | None = None,
        alignment: AlignmentScorer | None = None,
    ) -> None:
        self.options = options or VerifyOptions()
        self._source = _source(graph)
        if lexicon is None and self.options.lexicon is not None:
            lexicon = Lexicon.read(self.options.lexicon)
        if phrasing is None and self.options.phrasing is not None:
            phrasing = Phrasing.read(self.options.phrasing)
        if alignment is None and self.options.alignment is not None:
            from kgalign.verify.alignment import AlignmentScorer

            alignment = AlignmentScorer.open(self.options.alignment, self.options.device)
        if alignment is not None:
            lexicon, phrasing = lexicon or alignment.lexicon, phrasing or alignment.phrasing
        self._alignment = alignment
        self._combination = None if alignment is None else alignment.combination(self.options.model_free)
        self._gatherer = Gatherer(lexicon)
        self._scorer = ModelFreeScorer(phrasing)

    def verify(
        self,
        text: str,
        language: str | None = None,
        *,
        about: str | None = None,
        facts: Sequence[Fact] | None = None,
    ) -> VerifiedText:
        """Check one text; see :class:`Request`."""
        return self.verify_all([Request(text, language, about, facts)])[0]

    def verify_all(self, requests: Iterable[Request]) -> list[VerifiedText]:
        """Check texts; together they are read faster than one by one."""
        asked = list(requests)
        return [
            verified
            for start in range(0, len(asked), _TOGETHER)
            for verified in self._verify_part(asked[start : start + _TOGETHER])
        ]

    def look(self, requests: Sequence[Request]) -> list[Looked]:
        """Choose the facts of each text and look for them by the model-free layer."""
        chosen = [self._chosen(request) for request in requests]
        self._gatherer.read([own + further for _, own, further in chosen])
        looked = []
        for (passage, own, further), request in zip(chosen, requests, strict=True):
            facts = own + further
            evidence = self._gatherer.gather(passage, facts)
            scores = self._scorer.stated(passage, facts, evidence)
            looked.append(Looked(passage, own, facts, request.facts is not None, evidence, scores))
        return looked

    def _verify_part(self, requests: Sequence[Request]) -> list[VerifiedText]:
        looked = self.look(requests)
        answers = self._read(looked)
        return [self._verified(*each) for each in zip(looked, answers, strict=True)]

    def _read(self, looked: Sequence[Looked]) -> Sequence[TextAnswers | None]:
        """What the alignment function says of each text beside the facts that are likeliest stated."""
        if self._alignment is None:
            return [None] * len(looked)
        rows = [self._likeliest(each) for each in looked]
        found = self._alignment.read(
            [each.passage for each in looked],
            [[each.facts[row] for row in own] for each, own in zip(looked, rows, strict=True)],
        )
        return [
            answers.among(len(each.facts), own)
            for each, own, answers in zip(looked, rows, found, strict=True)
        ]

    def _likeliest(self, looked: Looked) -> list[int]:
        """The rows of the facts to read: the text's own first, then those whose names it holds."""
        if len(looked.facts) <= self.options.read:
            return list(range(len(looked.facts)))
        best = looked.scores.max(axis=1, initial=0.0)
        return sorted(np.argsort(-best, kind="stable")[: self.options.read].tolist())

    def _chosen(self, request: Request) -> tuple[Passage, list[Fact], list[Fact]]:
        """The text, the facts that it should state, and others that support what it says."""
        language = request.language or self.options.language
        about = request.about
        if request.facts is not None:
            own = list(dict.fromkeys(request.facts))
            return Passage(request.text, language, about), own, _qualifying(own)
        passage = Passage(request.text, language, about)
        if about is None:
            about = self._subject(passage)
            passage = Passage(request.text, language, about)
        if about is None:
            return passage, [], []
        own, further = self._source.about(about, self.options.facts, self.options.neighbours)
        # What holds of an object holds here only if it is the only one: Paris is in France, so who was
        # born in Paris was born in France; but who was born in France wasn't born at its borders.
        further = [fact for fact in further if self._is_functional(fact)]
        return passage, own, further + _qualifying(own)

    def _is_functional(self, fact: Fact) -> bool:
        known = self._source.functionality(fact.relation.value)
        return known is not None and known >= self.options.functionality

    def _subject(self, passage: Passage) -> str | None:
        """The entity that a text is about: of those named first, the one with most facts."""
        names = self._source.names(passage).find(passage.words)
        if not names:
            return None
        counts = [
            (len(self._source.about(value, self.options.facts, 0)[0]), value) for value in names[0].entities
        ]
        return min(counts, key=lambda item: (-item[0], item[1]))[1]

    def _verified(self, looked: Looked, answers: TextAnswers | None) -> VerifiedText:
        passage, own, scores = looked.passage, looked.own, looked.scores
        verdicts = self.first_verdicts(looked)
        free = self._told(looked, scores)
        right = sound = correctness(verdicts, free)
        unexplained = stated = None
        if answers is not None and self._combination is not None:
            scores = self._combination.facts(scores, answers.stated)
            told = self._told(looked, scores)
            supported = passage.words_covered(
                (each.start, each.end) for each in verdicts if each.status == "supported"
            )
            aligned = answers.stated[: len(own)].max(axis=1, initial=_UNSTATED)[self._asked(looked)]
            read = ReadText(
                verdicts, free, told, aligned, answers.words, supported, answers.holds, answers.quality
            )
            use = self.options.model_free
            sound = round(float(self._combination.sound.probability(*read.numbers(use))), 4)
            right = read.correctness(sound, use)
            unexplained = read.unexplained(self._combination)
            stated = graded(_best(looked.scores, own), _best(scores, own), use)
            verdicts = Refinement(
                passage, looked.facts, scores, answers.words, self._combination, self.options.wrong
            ).verdicts(verdicts)
        coverage = self._coverage(passage, own, scores)
        return VerifiedText(
            text=passage.text,
            language=passage.tag,
            about=passage.about,
            verdicts=tuple(verdicts),
            coverage=coverage,
            correctness=right,
            sound=sound,
            covered=covered(coverage) if stated is None else stated,
            unexplained=unexplained,
        )

    def first_verdicts(self, looked: Looked) -> list[Verdict]:
        """The verdicts of the model-free layer."""
        contradictions = Contradictions(
            looked.facts,
            looked.evidence,
            self._gatherer.literals,
            self._source.functionality,
            self.options.functionality,
            self.options.relation,
        )
        return VerdictRules(
            looked.passage,
            looked.facts,
            looked.evidence,
            looked.scores,
            contradictions,
            self.options.mention,
            self._others(looked.passage, looked.own, contradictions),
            self._scorer.turned(looked.passage, looked.facts, looked.evidence),
        ).verdicts()

    def _told(self, looked: Looked, scores: Scores) -> Scores:
        """Scores of the facts that the text has to state; of those it seems to, if none were selected."""
        return _best(scores, looked.own)[self._asked(looked)]

    def _asked(self, looked: Looked) -> NDArray[np.bool_]:
        """Which of its facts a text has to state."""
        if looked.selected:
            return np.ones(len(looked.own), bool)
        asked: NDArray[np.bool_] = _best(looked.evidence.objects, looked.own) >= self.options.mention
        return asked

    def _others(
        self, passage: Passage, own: Sequence[Fact], contradictions: Contradictions
    ) -> list[OtherName]:
        """Entities of the graph that the text names and that are not in the facts."""
        if not self.options.names:
            return []
        facts = {term.value for fact in own for term in (fact.subject, fact.object)}
        rivals = {
            term: rows
            for relation, rows in contradictions.open_names().items()
            for term in self._source.objects(relation)
            if term.value not in facts
        }
        found = [
            OtherName(mention.sentence, mention.first, mention.last, rivals[term])
            for term, mention in self._gatherer.named(passage, list(rivals))
            if mention.score >= _SURE_RIVAL and _looks_like_name(passage, mention)
        ]
        index = self._source.names(passage)
        for sentence, (first, last) in enumerate(passage.bounds):
            names = index.find(passage.words[first:last])
            found += [OtherName(sentence, first + name.first, first + name.last, ()) for name in names]
        return found

    def _coverage(self, passage: Passage, own: list[Fact], scores: Scores) -> tuple[FactCoverage, ...]:
        best = _best(scores, own)
        where = scores[: len(own)].argmax(axis=1) if scores.shape[1] else np.zeros(len(own), np.int64)
        found = []
        for row, fact in enumerate(own):
            score = round(float(best[row]), 4)
            told = score >= self.options.stated
            spans = (_span(passage, int(where[row])),) if told else ()
            found.append(FactCoverage(fact=fact.triple, stated=told, score=score, spans=spans))
        return tuple(found)


def _best(scores: Scores, own: Sequence[Fact]) -> Scores:
    """Each fact's surest sentence."""
    best: Scores = scores[: len(own)].max(axis=1, initial=0.0)
    return best


def _qualifying(facts: Sequence[Fact]) -> list[Fact]:
    """What facts say of themselves, as facts about their objects."""
    return [
        Fact(subject=fact.object, relation=each.relation, object=each.object)
        for fact in facts
        for each in fact.qualifiers
    ]


def _looks_like_name(passage: Passage, mention: Mention) -> bool:
    """Whether a mention is more than a common word that some name is spelt like."""
    found = [passage.words[word] for word in mention.words]
    capital = any(word.capital or not word.cased for word in found)
    return capital or (mention.score >= 1 and sum(len(word.key) for word in found) >= _LONG_NAME)


def _span(passage: Passage, sentence: int) -> Span:
    start, end = passage.sentences[sentence]
    return Span(start=start, end=end)


def _source(graph: KnowledgeGraph | FactSource | None) -> FactSource:
    if isinstance(graph, KnowledgeGraph):
        from kgalign.verify.graph_facts import GraphFacts

        return GraphFacts(graph)
    return FactSet(()) if graph is None else graph
