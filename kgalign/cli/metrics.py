"""Scoring against a reference, and how the figures are told."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kgalign.align import Alignment, resolve
from kgalign.errors import InputError
from kgalign.evaluate import LinkMetrics, RankingMetrics, link_metrics, ranking_metrics
from kgalign.kg import KnowledgeGraph
from kgalign.progress import say


@dataclass(frozen=True)
class Scores:
    """What the links and the rankings are worth against a reference."""

    links: LinkMetrics
    all_targets: RankingMetrics
    reference_targets: RankingMetrics
    unknown: int


def score_alignment(
    alignment: Alignment, reference: pl.DataFrame, first: KnowledgeGraph, second: KnowledgeGraph, path: str
) -> Scores:
    """Score *alignment*; reference links that name unknown entities count as missed.

    Raises:
        InputError: if no reference link names entities of both graphs.
    """
    found = resolve(reference, first, second)
    if len(found.source) == 0:
        raise InputError(
            "no reference link names entities of both graphs",
            path=path,
            line=found.first_unknown[0] if found.first_unknown else None,
            remedy="check that the reference belongs to these graphs",
        )
    if found.unknown:
        say(
            f"kgalign: {path}: {found.unknown:,} reference links name unknown entities; they count as missed."
        )
    known = pl.DataFrame(
        {
            "source": first.entities["iri"].gather(found.source),
            "target": second.entities["iri"].gather(found.target),
        }
    )
    # A missed link keeps its place in the denominators under names that no candidate has.
    missed = pl.DataFrame(
        {
            "source": [f"\0unknown {number}" for number in range(found.unknown)],
            "target": [f"\0unknown {number}" for number in range(found.unknown)],
        },
        schema=known.schema,
    )
    expected = pl.concat([known, missed])
    return Scores(
        link_metrics(alignment.links.accepted, expected),
        ranking_metrics(alignment.ranking, expected, "all"),
        ranking_metrics(alignment.ranking, expected, "reference"),
        found.unknown,
    )


def score_keys(scores: Scores) -> dict[str, object]:
    """The figures under the keys that ``--json`` documents; rankings over the reference's targets."""
    return {
        **link_keys(scores.links),
        **_ranking_keys(scores.reference_targets),
        "all_targets": _ranking_keys(scores.all_targets),
        "reference_targets": _ranking_keys(scores.reference_targets),
        "reference": {
            "links": scores.links.expected,
            "judged": scores.links.judged,
            "unknown": scores.unknown,
        },
    }


def link_keys(metrics: LinkMetrics) -> dict[str, object]:
    """Precision, recall and F1 under the keys that ``--json`` documents."""
    return {"precision": metrics.precision, "recall": metrics.recall, "f1": metrics.f1}


def describe_scores(scores: Scores) -> list[tuple[str, str]]:
    """The figures for a person."""
    return [describe_links(scores.links), *_describe_rankings(scores)]


def describe_links(metrics: LinkMetrics) -> tuple[str, str]:
    """Precision, recall and F1 for a person."""
    return (
        "reference",
        f"precision {metrics.precision:.4f}, recall {metrics.recall:.4f}, F1 {metrics.f1:.4f} "
        f"({metrics.correct:,} of {metrics.expected:,} reference links found)",
    )


def _describe_rankings(scores: Scores) -> list[tuple[str, str]]:
    return [
        (
            "ranking",
            f"Hits@1 {metrics.hits_at_1:.4f}, Hits@10 {metrics.hits_at_10:.4f}, MRR {metrics.mrr:.4f} "
            f"among {pool}",
        )
        for metrics, pool in (
            (scores.all_targets, "all targets"),
            (scores.reference_targets, "the reference's targets"),
        )
    ]


def _ranking_keys(metrics: RankingMetrics) -> dict[str, object]:
    return {"hits@1": metrics.hits_at_1, "hits@10": metrics.hits_at_10, "mrr": metrics.mrr}
