"""How a language puts a relation into words: those around its subject and object, and in which order.

A log-linear model over the words between and beside the two names, alone and together with the words of
the relation's label, taught to tell facts that a text states from the same facts with subject and object
exchanged, or with another relation. It is a dictionary of patterns with weights: ``… is the manager of …``
speaks for *manager* with the object first.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from kgalign.errors import InputError
from kgalign.files import atomic_file
from kgalign.verify.evidence import Evidence, Gatherer
from kgalign.verify.lexicon import Lesson, relation_words, stem
from kgalign.verify.mentions import LEAST_MENTION, Mention
from kgalign.verify.passage import Passage
from kgalign.verify.verdicts import Fact, Term

_COLUMNS = 1 << 20
_MOST_BETWEEN = 8
_BESIDE = 3
_AROUND = 5
_PENALTY = 2.0
_ITERATIONS = 60
_LEAST_WEIGHT = 0.02
_DECIMALS = 3
_SCHEMA = pl.Schema({"language": pl.String, "feature": pl.UInt32, "weight": pl.Float32})
Features = list[int]


@dataclass(frozen=True)
class Pattern:
    """Where one sentence names a fact's object and, if it does, its subject.

    Attributes:
        first: first word of the earlier name.
        last: last word of the later name, inclusive.
        between: the words between the two.
        order: ``so`` where the subject comes first, ``os`` where the object does, ``x`` without a subject.
        sentence: first and last (exclusive) word of the sentence.
    """

    first: int
    last: int
    between: range
    order: str
    sentence: tuple[int, int]


class Phrasing:
    """Weights of patterns, by language.

    Args:
        table: ``language``, ``feature`` (a hash) and ``weight``.
    """

    def __init__(self, table: pl.DataFrame) -> None:
        self.table = table.cast(_SCHEMA)

    @classmethod
    def learn(cls, lessons: Sequence[Lesson], gatherer: Gatherer, seed: int = 0) -> Phrasing:
        """Learn from texts that state all their facts, each language by itself."""
        tables = [_SCHEMA.to_frame()]
        for language in sorted({lesson.language for lesson in lessons}):
            own = [lesson for lesson in lessons if lesson.language == language]
            tables.append(_learnt(language, own, gatherer, seed))
        return cls(pl.concat(tables))

    @classmethod
    def read(cls, path: str | Path) -> Phrasing:
        """Read what :meth:`write` wrote.

        Raises:
            InputError: if the file is something else.
        """
        try:
            return cls(pl.read_parquet(path).select(_SCHEMA.names()))
        except (OSError, pl.exceptions.PolarsError):
            raise InputError("holds no phrasing", path=path, remedy="check the option phrasing") from None

    def write(self, path: str | Path) -> None:
        """Write the weights as Parquet."""
        with atomic_file(path) as scratch:
            self.table.write_parquet(scratch)

    def speaks(self, language: str) -> bool:
        """Whether anything was learnt of *language*."""
        return language in self._weights

    def probability(
        self, passage: Passage, evidence: Evidence, row: int, fact: Fact, sentence: int
    ) -> tuple[float, float]:
        """How surely a sentence that names a fact's object states the fact, and how much that is worth.

        The worth is the share of the relation's words that were in the lessons: nothing can be said of
        relations of other words.
        """
        weights = self._weights.get(passage.language)
        pattern = pattern_of(passage, evidence, row, sentence)
        if weights is None or pattern is None:
            return 0.5, 0.0
        labels = _labels(fact.relation)
        heard = sum(_hashed(f"{pattern.order}|{label}") in weights for label in labels)
        return _told(weights, passage, pattern, fact, evidence), heard / max(len(labels), 1)

    def roles(
        self, passage: Passage, evidence: Evidence, row: int, fact: Fact, sentence: int
    ) -> tuple[float, float, Pattern] | None:
        """How surely a sentence states a fact, and the same with subject and object exchanged.

        None where the sentence doesn't name both, or nothing was learnt of the relation's label.
        """
        weights = self._weights.get(passage.language)
        pattern = pattern_of(passage, evidence, row, sentence)
        if weights is None or pattern is None or pattern.order == "x":
            return None
        if not all(
            _hashed(f"{order}|{label}") in weights
            for order in ("so", "os")
            for label in _labels(fact.relation)
        ):
            return None
        other = replace(pattern, order=pattern.order[::-1])
        told, turned = (_told(weights, passage, each, fact, evidence) for each in (pattern, other))
        return told, turned, pattern

    @cached_property
    def _weights(self) -> dict[str, dict[int, float]]:
        known: dict[str, dict[int, float]] = {}
        for language, feature, weight in self.table.iter_rows():
            known.setdefault(language, {})[feature] = weight
        return known


def _told(
    weights: dict[int, float], passage: Passage, pattern: Pattern, fact: Fact, evidence: Evidence
) -> float:
    """How surely a pattern states a fact."""
    features = _features(passage, pattern, fact.relation, evidence)
    return float(1 / (1 + np.exp(-sum(weights.get(feature, 0.0) for feature in features))))


def pattern_of(passage: Passage, evidence: Evidence, row: int, sentence: int) -> Pattern | None:
    """Where *sentence* names the terms of fact number *row*; None if it doesn't name its object."""
    thing = _place(passage, evidence, int(evidence.object[row]), sentence, None)
    if thing is None:
        return None
    bounds = passage.bounds[sentence]
    subject = _place(passage, evidence, int(evidence.subject[row]), sentence, thing)
    if subject is None:
        return Pattern(thing[0], thing[1], range(0), "x", bounds)
    (first, one_end), (other, last) = sorted((subject, thing))
    order = "so" if subject < thing else "os"
    return Pattern(first, last, range(one_end + 1, other), order, bounds)


def _place(
    passage: Passage, evidence: Evidence, term: int, sentence: int, beside: tuple[int, int] | None
) -> tuple[int, int] | None:
    """First and last word of the best mention of a term that doesn't overlap *beside*."""
    best: Mention | None = None
    for mention in evidence.mentioned.get((term, sentence), ()):
        if mention.score >= LEAST_MENTION:
            apart = beside is None or mention.last < beside[0] or beside[1] < mention.first
            if apart and (best is None or mention.score > best.score):
                best = mention
    if best is not None:
        return best.first, best.last
    for place in evidence.valued.get(term, ()):
        where, said = passage.stated[place]
        if where == sentence:
            inside = passage.words_in(said.start, said.end)
            if inside and (beside is None or inside[-1] < beside[0] or beside[1] < inside[0]):
                return inside[0], inside[-1]
    return None


def _features(passage: Passage, pattern: Pattern, relation: Term, evidence: Evidence) -> Iterator[int]:
    words, order = passage.words, pattern.order
    begin, end = pattern.sentence
    between = list(pattern.between)
    if len(between) > _MOST_BETWEEN:
        between = between[: _MOST_BETWEEN // 2] + between[-_MOST_BETWEEN // 2 :]
    before = range(max(begin, pattern.first - _BESIDE), pattern.first)
    after = range(pattern.last + 1, min(end, pattern.last + 1 + _BESIDE))
    if order == "x":
        before = range(max(begin, pattern.first - _AROUND), pattern.first)
        after = range(pattern.last + 1, min(end, pattern.last + 1 + _AROUND))
    cues = [f"m{stem(words[place].key)}" for place in between]
    cues += [f"b{stem(words[place].key)}" for place in before]
    cues += [f"a{stem(words[place].key)}" for place in after]
    if between:
        cues.append("j" + " ".join(stem(words[place].key) for place in between[-2:]))
        cues.append("i" + " ".join(stem(words[place].key) for place in between[:2]))
    elif order != "x":
        cues.append("j")
    labels = _labels(relation)
    yield _hashed(order)
    for label in sorted(labels):
        yield _hashed(f"{order}|{label}")
    for cue in cues:
        yield _hashed(f"{order}|{cue}")
        for label in sorted(labels):
            yield _hashed(f"{order}|{cue}|{label}")
            yield _hashed(f"{cue[1:]}|{label}")


def _labels(relation: Term) -> set[str]:
    return {word for words_of in relation_words(relation)[:2] for word in words_of}


def _hashed(feature: str) -> int:
    return zlib.crc32(feature.encode()) % _COLUMNS


def _learnt(language: str, lessons: Sequence[Lesson], gatherer: Gatherer, seed: int) -> pl.DataFrame:
    examples, truths = _examples(lessons, gatherer, np.random.default_rng(seed))
    if not examples:
        return _SCHEMA.to_frame()
    weights = _fitted(_table(examples), np.array(truths, np.float64))
    kept = np.flatnonzero(np.abs(weights) >= _LEAST_WEIGHT)
    return pl.DataFrame(
        {
            "language": np.full(len(kept), language),
            "feature": kept,
            "weight": np.round(weights[kept], _DECIMALS),
        },
        schema=_SCHEMA,
    )


def _examples(
    lessons: Sequence[Lesson], gatherer: Gatherer, rng: np.random.Generator
) -> tuple[list[Features], list[bool]]:
    """Patterns of stated facts, and of the same facts made wrong."""
    gatherer.read([lesson.facts for lesson in lessons])
    leading: dict[str, dict[Term, None]] = {}
    pairs = {
        (fact.subject.value, fact.relation.value, fact.object.value) for les in lessons for fact in les.facts
    }
    relations = list(dict.fromkeys(fact.relation for lesson in lessons for fact in lesson.facts))
    kinds = {fact.relation: fact.object.literal for lesson in lessons for fact in lesson.facts}
    for lesson in lessons:
        for fact in lesson.facts:
            leading.setdefault(fact.object.value, {})[fact.relation] = None
    mirrored = {relation for subject, relation, thing in pairs if (thing, relation, subject) in pairs}
    examples: list[Features] = []
    truths: list[bool] = []
    for lesson in lessons:
        passage = Passage(lesson.text, lesson.language)
        evidence = gatherer.gather(passage, lesson.facts)
        own = {fact.relation for fact in lesson.facts}
        for row, fact in enumerate(lesson.facts):
            for sentence in range(len(passage.sentences)):
                pattern = pattern_of(passage, evidence, row, sentence)
                if pattern is None:
                    continue
                examples.append(list(_features(passage, pattern, fact.relation, evidence)))
                truths.append(True)
                if pattern.order != "x" and fact.relation.value not in mirrored:
                    turned = replace(pattern, order=pattern.order[::-1])
                    examples.append(list(_features(passage, turned, fact.relation, evidence)))
                    truths.append(False)
                others = [each for each in leading[fact.object.value] if each not in own]
                other = (
                    others[rng.integers(len(others))] if others else relations[rng.integers(len(relations))]
                )
                if other not in own and kinds[other] == fact.object.literal:
                    examples.append(list(_features(passage, pattern, other, evidence)))
                    truths.append(False)
    return examples, truths


def _table(examples: Sequence[Features]) -> sparse.csr_matrix:
    ends = np.cumsum([0, *(len(features) for features in examples)])
    columns = np.array([feature for features in examples for feature in features], np.int64)
    return sparse.csr_matrix((np.ones(len(columns)), columns, ends), (len(examples), _COLUMNS))


def _fitted(table: sparse.csr_matrix, truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic regression with a quadratic penalty (L-BFGS)."""
    used, places = np.unique(table.indices, return_inverse=True)
    small = sparse.csr_matrix((table.data, places, table.indptr), (table.shape[0], len(used)))
    sign = 2 * truth - 1

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (small @ weights)
        value = np.logaddexp(0, -margin).sum() + _PENALTY / 2 * weights @ weights
        slope = small.T @ (-sign / (1 + np.exp(np.clip(margin, -500, 500)))) + _PENALTY * weights
        return float(value), slope

    found = minimize(loss, np.zeros(len(used)), jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS})
    weights = np.zeros(table.shape[1])
    weights[used] = found.x
    return weights
