"""Metrics of entity alignment, against reference links that need not be complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

Pool = Literal["all", "reference"]


@dataclass(frozen=True)
class LinkMetrics:
    """Precision, recall and F1 of a set of links.

    Attributes:
        precision: correct links among those that the reference can judge (1 where none was proposed).
        recall: reference links found (0 where the reference is empty).
        f1: harmonic mean of the two.
        correct: number of links that are in the reference.
        judged: number of links whose source or target occurs in the reference.
        expected: number of reference links.
    """

    precision: float
    recall: float
    f1: float
    correct: int
    judged: int
    expected: int


@dataclass(frozen=True)
class RankingMetrics:
    """How high the reference's targets stand among the candidates of their sources.

    Attributes:
        hits_at_1: share of reference links whose target is ranked first.
        hits_at_10: share of reference links whose target is ranked tenth or better.
        mrr: mean reciprocal rank; a target outside the candidates counts as 0.
        pool: ``all`` ranks every candidate, ``reference`` only those that are some reference
            link's target (the smaller, kinder pool that most papers report).
        expected: number of reference links.
    """

    hits_at_1: float
    hits_at_10: float
    mrr: float
    pool: Pool
    expected: int


def link_metrics(links: pl.DataFrame, reference: pl.DataFrame) -> LinkMetrics:
    """Compare *links* with *reference*; both have the columns ``source`` and ``target``.

    A link is judged only if its source or its target occurs in the reference: the reference says
    nothing about the others, as when it holds the test part of a benchmark.
    """
    proposed = links.select("source", "target").unique()
    expected = reference.select("source", "target").unique()
    correct = proposed.join(expected, on=["source", "target"], how="inner").height
    judged = proposed.filter(
        pl.col("source").is_in(expected["source"].implode())
        | pl.col("target").is_in(expected["target"].implode())
    ).height
    return _link_metrics(correct, judged, expected.height)


def pooled_link_metrics(parts: Sequence[LinkMetrics], missed: int = 0) -> LinkMetrics:
    """The metrics of all *parts* together, as of several pairs of graphs.

    Args:
        parts: metrics of disjoint sets of links.
        missed: number of further reference links, none of which was found.
    """
    return _link_metrics(
        sum(part.correct for part in parts),
        sum(part.judged for part in parts),
        sum(part.expected for part in parts) + missed,
    )


def _link_metrics(correct: int, judged: int, expected: int) -> LinkMetrics:
    precision = correct / judged if judged else 1.0
    recall = correct / expected if expected else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return LinkMetrics(precision, recall, f1, correct, judged, expected)


def ranking_metrics(candidates: pl.DataFrame, reference: pl.DataFrame, pool: Pool) -> RankingMetrics:
    """Rank each source's candidates by ``score`` and look up the reference's targets.

    Ties share their mean rank, so that a constant score earns nothing. A source whose target was
    cut from its candidates counts as missed: the figures are lower bounds.

    Args:
        candidates: columns ``source``, ``target``, ``score``.
        reference: columns ``source``, ``target``.
        pool: see :class:`RankingMetrics`.
    """
    expected = reference.select("source", "target").unique()
    if expected.height == 0:
        return RankingMetrics(0.0, 0.0, 0.0, pool, 0)
    ranked = candidates.join(expected.select("source").unique(), on="source", how="semi")
    if pool == "reference":
        ranked = ranked.join(expected.select("target").unique(), on="target", how="semi")
    ranks = (
        ranked.with_columns(rank=pl.col("score").rank("average", descending=True).over("source"))
        .join(expected, on=["source", "target"], how="inner")
        .get_column("rank")
    )
    return metrics_of_ranks(ranks.to_numpy(), expected.height, pool)


def metrics_of_ranks(ranks: NDArray[np.float64], expected: int, pool: Pool) -> RankingMetrics:
    """Summarise the ranks of the reference's targets.

    Args:
        ranks: 1-based, ties averaged; of the targets that were ranked at all.
        expected: how many there are; those without a rank count as missed.
        pool: see :class:`RankingMetrics`.
    """
    if expected == 0:
        return RankingMetrics(0.0, 0.0, 0.0, pool, 0)
    return RankingMetrics(
        hits_at_1=int((ranks <= 1).sum()) / expected,
        hits_at_10=int((ranks <= 10).sum()) / expected,
        mrr=float((1 / ranks).sum()) / expected,
        pool=pool,
        expected=expected,
    )
