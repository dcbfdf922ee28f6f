"""What a passage shows of each fact: its subject, its object and its relation, sentence by sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kgalign.verify.language_forms import base_language
from kgalign.verify.lexicon import Lexicon, relation_words
from kgalign.verify.likeness import likeness
from kgalign.verify.literal_values import LiteralValues
from kgalign.verify.mentions import LEAST_MENTION, Mention, find, plain_weight
from kgalign.verify.names import Form, forms
from kgalign.verify.passage import Passage
from kgalign.verify.values import supports
from kgalign.verify.verdicts import Fact, Name, Term

Scores = NDArray[np.float32]
# A subject named in an earlier sentence goes on being meant.
_CARRIED = 0.92
# Facts of one subject may be told without its name.
_UNNAMED = 0.5
_NOTHING_LEARNT = 0.5
# Mark and letters of words such as 'of', which express no relation.
_SHORT_LABEL = 4


@dataclass
class Evidence:
    """What was found of the facts' terms, relations and values.

    Attributes:
        terms: the distinct terms; facts name them by number.
        subject: number of each fact's subject.
        object: number of each fact's object.
        mentions: of the terms.
        spelt: which of the text's distinct words are spelt like a word of some name.
        values: for each stated value of the passage (its place in ``passage.stated``), the terms that
            support it, by how well.
        objects: facts × sentences: how surely the object is named.
        subjects: facts × sentences: how surely the subject is meant.
        relations: facts × sentences: how much of the relation the words express.
        learnt: for each fact, whether anything was learnt of its relation's words.
    """

    terms: list[Term]
    subject: NDArray[np.int64]
    object: NDArray[np.int64]
    mentions: list[Mention]
    spelt: NDArray[np.bool_]
    values: dict[int, dict[int, float]] = field(default_factory=dict)
    objects: Scores = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    subjects: Scores = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    relations: Scores = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    learnt: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))

    @cached_property
    def mentioned(self) -> dict[tuple[int, int], list[Mention]]:
        """The mentions of each term in each sentence that has any."""
        found: dict[tuple[int, int], list[Mention]] = {}
        for mention in self.mentions:
            found.setdefault((mention.term, mention.sentence), []).append(mention)
        return found

    @cached_property
    def valued(self) -> dict[int, list[int]]:
        """The stated values that support each term, by place; complete once :attr:`values` is."""
        found: dict[int, list[int]] = {}
        for place, terms in self.values.items():
            for term in terms:
                found.setdefault(term, []).append(place)
        return found


class Gatherer:
    """Gathers evidence; keeps what it read of literals and names.

    Args:
        lexicon: which words go with which labels; None where nothing was learnt.
        weigh: how telling each word of a name is.
    """

    def __init__(self, lexicon: Lexicon | None = None, weigh: Callable[[str], float] = plain_weight) -> None:
        self.literals = LiteralValues()
        self.lexicon = lexicon
        self.weigh = weigh
        self._forms: dict[tuple[Term, str], tuple[Form, ...]] = {}

    def read(self, facts: Sequence[Sequence[Fact]]) -> None:
        """Read the literals of many passages' facts at once."""
        self.literals.read(
            term for each in facts for fact in each for term in (fact.object, fact.subject) if term.literal
        )

    def forms(self, term: Term, language: str) -> tuple[Form, ...]:
        """The forms of a term's names."""
        place = (term, language)
        if place not in self._forms:
            self._forms[place] = forms(term, language)
        return self._forms[place]

    def gather(self, passage: Passage, facts: Sequence[Fact]) -> Evidence:
        """Look for all of *facts* in *passage*."""
        numbers: dict[Term, int] = {}
        subject = np.array([numbers.setdefault(fact.subject, len(numbers)) for fact in facts], np.int64)
        thing = np.array([numbers.setdefault(fact.object, len(numbers)) for fact in facts], np.int64)
        terms = list(numbers)
        named = {
            number: self.forms(term, passage.language)
            for number, term in enumerate(terms)
            if not (term.literal and self.literals.is_value(term))
        }
        found, spelt = find(passage.compared, named, self.weigh, self._translated(passage.language))
        evidence = Evidence(terms, subject, thing, found, spelt)
        by_term = np.zeros((len(terms), len(passage.sentences)), np.float32)
        for mention in found:
            place = mention.term, mention.sentence
            by_term[place] = max(by_term[place], mention.score)
        self._values(passage, evidence, by_term)
        evidence.objects = by_term[thing]
        evidence.subjects = _carried(by_term, subject, terms, passage)
        self._relations(passage, facts, evidence)
        return evidence

    def named(self, passage: Passage, terms: Sequence[Term]) -> list[tuple[Term, Mention]]:
        """Where *passage* names other things than those of its facts, by their spelling alone."""
        named = {number: self.forms(term, passage.language) for number, term in enumerate(terms)}
        found, _ = find(passage.compared, named, self.weigh)
        return [(terms[mention.term], mention) for mention in found]

    def _translated(self, language: str) -> Callable[[Sequence[str], Sequence[str]], Scores] | None:
        lexicon = self.lexicon
        if lexicon is None or language not in lexicon.languages():
            return None
        return lambda names, keys: lexicon.strengths(language, [f"e:{name}" for name in names], keys)

    def _values(self, passage: Passage, evidence: Evidence, by_term: Scores) -> None:
        for number, term in enumerate(evidence.terms):
            known = self.literals.of(term) if term.literal else ()
            if not known:
                continue
            fits = np.zeros((len(known), len(passage.sentences)), np.float32)
            for place, (sentence, said) in enumerate(passage.stated):
                for row, value in enumerate(known):
                    fit = supports(value, said)
                    if fit > 0:
                        fits[row, sentence] = max(fits[row, sentence], fit)
                        own = evidence.values.setdefault(place, {})
                        own[number] = max(own.get(number, 0.0), fit)
            by_term[number] = np.maximum(by_term[number], fits.mean(axis=0))

    def _relations(self, passage: Passage, facts: Sequence[Fact], evidence: Evidence) -> None:
        """How much of each relation's label the sentence's other words express."""
        named = np.zeros(len(passage.words), bool)
        columns = passage.compared.column
        spelt = evidence.spelt
        for mention in evidence.mentions:
            if mention.score >= LEAST_MENTION:
                named[[word for word in mention.words if spelt[columns[word]]]] = True
        told: dict[Term, tuple[bool, Scores]] = {}
        for fact in facts:
            if fact.relation not in told:
                learnt = self._has_learnt(fact.relation, passage)
                told[fact.relation] = learnt, self._told(fact.relation, passage, ~named)
        evidence.learnt = np.array([told[fact.relation][0] for fact in facts], bool)
        evidence.relations = np.array([told[fact.relation][1] for fact in facts], np.float32).reshape(
            len(facts), len(passage.sentences)
        )

    def _told(self, relation: Term, passage: Passage, free: NDArray[np.bool_]) -> Scores:
        """How much of a relation's label each sentence expresses by its *free* words."""
        tables = self._strengths(relation, passage)
        if not tables:
            return np.full(len(passage.sentences), _NOTHING_LEARNT, np.float32)
        told = np.zeros(len(passage.sentences), np.float32)
        for table in tables:
            each = table[:, passage.compared.column] * free
            for sentence, (first, last) in enumerate(passage.bounds):
                if last > first:
                    told[sentence] = max(told[sentence], float(each[:, first:last].max(axis=1).mean()))
        return told

    def _has_learnt(self, relation: Term, passage: Passage) -> bool:
        return self.lexicon is not None and any(
            self.lexicon.knows(passage.language, label)
            for labels in relation_words(relation)
            for label in labels
        )

    def _strengths(self, relation: Term, passage: Passage) -> list[Scores]:
        """For each label of a relation of which anything is known, its words × the text's distinct words.

        A label in the text's language is expressed by its own words, or by others learnt for them; one
        in another language by what was learnt.
        """
        keys = passage.compared.keys
        found = []
        names = relation.names or (Name(text=relation.value),)
        for name, labels in zip(names, relation_words(relation), strict=False):
            learnt = np.zeros((len(labels), len(keys)), np.float32)
            known = np.zeros(len(labels), bool)
            if self.lexicon is not None:
                learnt = self.lexicon.strengths(passage.language, labels, keys)
                known = np.array([self.lexicon.knows(passage.language, label) for label in labels], bool)
            if name.language is None or base_language(name.language) == passage.language:
                learnt = np.maximum(learnt, likeness([label[2:] for label in labels], keys))
                known = np.array([len(label) > _SHORT_LABEL for label in labels], bool)
            if known.any():
                found.append(learnt[known])
        return found


def _carried(by_term: Scores, subject: NDArray[np.int64], terms: list[Term], passage: Passage) -> Scores:
    """How surely each sentence is about each fact's subject."""
    carried = by_term.copy()
    for sentence in range(1, carried.shape[1]):
        carried[:, sentence] = np.maximum(carried[:, sentence], carried[:, sentence - 1] * _CARRIED)
    about = [number for number, term in enumerate(terms) if term.value == passage.about]
    carried[about] = np.maximum(carried[about], 1.0)
    if len(np.unique(subject)) == 1:
        carried[subject[:1]] = np.maximum(carried[subject[:1]], _UNNAMED)
    result: Scores = carried[subject]
    return result
