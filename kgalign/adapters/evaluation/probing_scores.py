"""Summaries of what :func:`~kgalign.adapters.evaluation.probing.probe` found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import digamma

from kgalign.kg import IRI_ORIGIN, KnowledgeGraph

# Languages with fewer labels than this have little that a model could learn from.
LOW_RESOURCE = 5_000

ALL, LOW, OTHERS = "all", "low-resource", "others"


@dataclass(frozen=True)
class Answers:
    """How good one way of answering is.

    Attributes:
        accuracy: share of facts whose object is ranked first, alone.
        mrr: mean reciprocal rank.
    """

    accuracy: float
    mrr: float


@dataclass(frozen=True)
class ProbingScore:
    """Probing of one language, relation or group, with the answers that need no encoder.

    Attributes:
        name: the language, the relation's IRI, or the group's name.
        facts: number of facts asked for.
        candidates: mean number of candidates.
        encoder: the encoder's answers.
        frequent: the relation's most frequent objects, whatever the subject.
        overlap: the names spelt most like the subject's.
        chance: what guessing comes to.
    """

    name: str
    facts: int
    candidates: float
    encoder: Answers
    frequent: Answers
    overlap: Answers
    chance: Answers


def scores_by_language(probed: pl.DataFrame) -> list[ProbingScore]:
    """A score per language, sorted by language."""
    return [_score(str(language), rows) for (language,), rows in _groups(probed, "language")]


def scores_by_relation(graph: KnowledgeGraph, probed: pl.DataFrame) -> list[ProbingScore]:
    """A score per relation, over all languages, in the order of the graph."""
    iris = graph.relations["iri"]
    return [_score(iris[relation], rows) for (relation,), rows in _groups(probed, "relation")]


def scores_by_group(graph: KnowledgeGraph, by_language: Sequence[ProbingScore]) -> list[ProbingScore]:
    """Means over languages, each counting the same: all, the low-resource ones, and the others.

    A language is low-resource if *graph* has fewer than :data:`LOW_RESOURCE` labels in it, aliases
    counted. A group that no language belongs to is left out.
    """
    low = low_resource_languages(graph)
    groups = {
        ALL: list(by_language),
        LOW: [score for score in by_language if score.name in low],
        OTHERS: [score for score in by_language if score.name not in low],
    }
    return [_mean(name, scores) for name, scores in groups.items() if scores]


def low_resource_languages(graph: KnowledgeGraph) -> frozenset[str]:
    """The languages in which *graph* has some, but fewer than :data:`LOW_RESOURCE` labels."""
    counts = graph.labels.filter(pl.col("origin") != IRI_ORIGIN).group_by("language").len()
    return frozenset(counts.filter(pl.col("len") < LOW_RESOURCE)["language"].fill_null("").to_list())


def _groups(probed: pl.DataFrame, name: str) -> pl.dataframe.group_by.GroupBy:
    return probed.sort(name, maintain_order=True).group_by(name, maintain_order=True)


def _score(name: str, rows: pl.DataFrame) -> ProbingScore:
    candidates = rows["candidates"].to_numpy().astype(np.float64)
    # The mean of 1/rank over 1 to n is the n-th harmonic number over n.
    harmonic = digamma(candidates + 1) + np.euler_gamma
    return ProbingScore(
        name=name,
        facts=rows.height,
        candidates=float(candidates.mean()),
        encoder=_answers(rows["rank"].to_numpy()),
        frequent=_answers(rows["frequent_rank"].to_numpy()),
        overlap=_answers(rows["overlap_rank"].to_numpy()),
        chance=Answers(float((1 / candidates).mean()), float((harmonic / candidates).mean())),
    )


def _answers(ranks: NDArray[np.float64]) -> Answers:
    return Answers(float((ranks <= 1).mean()), float((1 / ranks).mean()))


def _mean(name: str, scores: Sequence[ProbingScore]) -> ProbingScore:
    def of(kind: str) -> Answers:
        answers = [getattr(score, kind) for score in scores]
        return Answers(
            float(np.mean([one.accuracy for one in answers])), float(np.mean([one.mrr for one in answers]))
        )

    return ProbingScore(
        name=name,
        facts=sum(score.facts for score in scores),
        candidates=float(np.mean([score.candidates for score in scores])),
        encoder=of("encoder"),
        frequent=of("frequent"),
        overlap=of("overlap"),
        chance=of("chance"),
    )
