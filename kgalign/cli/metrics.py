"""Scoring against a reference, and how the figures are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from kgalign.align import GraphPair, Links, ManyAlignment, ResolvedPairs, distribute
from kgalign.align.links import ANCHORED
from kgalign.errors import InputError
from kgalign.evaluate import (
    LinkMetrics,
    RankingMetrics,
    expected_calibration_error,
    judged_links,
    link_metrics,
    ranking_metrics,
    reliability_table,
)
from kgalign.kg import KnowledgeGraph
from kgalign.progress import say


@dataclass(frozen=True)
class Scores:
    """What the links and the rankings between two graphs are worth against a reference.

    Attributes:
        links: of the accepted links.
        all_targets: of the ranking among all targets.
        reference_targets: of the ranking among the reference's own targets.
        unknown: number of reference links that name unknown entities.
        judged: ``probability`` and ``correct`` of all links, uncertain ones too, that were judged.
    """

    links: LinkMetrics
    all_targets: RankingMetrics
    reference_targets: RankingMetrics
    unknown: int
    judged: pl.DataFrame

    @property
    def calibration_error(self) -> float:
        """Expected calibration error of the probabilities."""
        return expected_calibration_error(self.judged["probability"], self.judged["correct"])


@dataclass(frozen=True)
class AlignmentScores:
    """The scores of each two graphs that a reference names.

    Attributes:
        pairs: by the graphs' positions, the lower one first.
        unknown: number of reference links that don't name entities of two graphs.
    """

    pairs: dict[GraphPair, Scores]
    unknown: int


def score_alignment(
    alignment: ManyAlignment, reference: pl.DataFrame, graphs: Sequence[KnowledgeGraph], path: str
) -> AlignmentScores:
    """Score *alignment*, pair by pair.

    Reference links that name unknown entities count as missed; among more than two graphs, where
    the pair that would have missed them can't be told, they are left out.

    Raises:
        InputError: if no reference link names entities of two graphs.
    """
    found = distribute(reference, graphs)
    two = len(graphs) == 2
    if not found.pairs:
        raise InputError(
            f"no reference link names entities of {'both graphs' if two else 'two of the graphs'}",
            path=path,
            line=found.first_unknown[0] if found.first_unknown else None,
            remedy="check that the reference belongs to these graphs",
        )
    if found.unknown:
        fate = "count as missed" if two else "are left out"
        say(f"kgalign: {path}: {found.unknown:,} reference links name unknown entities; they {fate}.")
    missed = found.unknown if two else 0
    return AlignmentScores(
        {
            pair: _score_pair(
                alignment.between(pair),
                alignment.alignments[pair].ranking,
                _by_iri(resolved, graphs[pair[0]], graphs[pair[1]]),
                missed,
            )
            for pair, resolved in found.pairs.items()
        },
        found.unknown,
    )


def _by_iri(found: ResolvedPairs, first: KnowledgeGraph, second: KnowledgeGraph) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "source": first.entities["iri"].gather(found.source),
            "target": second.entities["iri"].gather(found.target),
        }
    )


def _score_pair(links: Links, ranking: pl.DataFrame, known: pl.DataFrame, unknown: int) -> Scores:
    # A missed link keeps its place in the denominators under names that no candidate has.
    names = [f"\0unknown {number}" for number in range(unknown)]
    missed = pl.DataFrame({"source": names, "target": names}, schema=known.schema)
    expected = pl.concat([known, missed])
    return Scores(
        link_metrics(links.accepted, expected),
        ranking_metrics(ranking, expected, "all"),
        ranking_metrics(ranking, expected, "reference"),
        unknown,
        # What was given, confirmed, or shares its IRI, is no prediction.
        judged_links(links.table.filter(~pl.col("method").is_in(ANCHORED)), known),
    )


def score_keys(scores: AlignmentScores) -> dict[str, object]:
    """The figures under the keys that ``--json`` documents, the mean of all pairs of graphs."""
    pairs = [pair_score_keys(of_pair) for of_pair in scores.pairs.values()]
    counts = [of_pair.links for of_pair in scores.pairs.values()]
    return {
        **_mean(pairs, [name for name, value in pairs[0].items() if isinstance(value, float)]),
        **{
            pool: _mean([pair[pool] for pair in pairs], list(pairs[0][pool]))
            for pool in ("all_targets", "reference_targets")
        },
        "reference": {
            "links": sum(links.expected for links in counts),
            "judged": sum(links.judged for links in counts),
            "unknown": scores.unknown,
        },
    }


def pair_score_keys(scores: Scores) -> dict[str, Any]:
    """The figures of one pair of graphs; rankings over the reference's targets."""
    return {
        **link_keys(scores.links),
        **_ranking_keys(scores.reference_targets),
        "calibration_error": scores.calibration_error,
        "reliability": reliability_table(scores.judged["probability"], scores.judged["correct"]).to_dicts(),
        "all_targets": _ranking_keys(scores.all_targets),
        "reference_targets": _ranking_keys(scores.reference_targets),
        "reference": {
            "links": scores.links.expected,
            "judged": scores.links.judged,
            "unknown": scores.unknown,
        },
    }


def _mean(figures: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, object]:
    return {name: sum(of_pair[name] for of_pair in figures) / len(figures) for name in names}


def link_keys(metrics: LinkMetrics) -> dict[str, float]:
    """Precision, recall and F1 under the keys that ``--json`` documents."""
    return {"precision": metrics.precision, "recall": metrics.recall, "f1": metrics.f1}


def describe_scores(scores: AlignmentScores) -> list[tuple[str, str]]:
    """The figures for a person: all of them for two graphs, means for more."""
    if len(scores.pairs) == 1:
        (only,) = scores.pairs.values()
        return [describe_links(only.links), *_describe_rankings(only), *_describe_calibration(only)]
    keys: dict[str, Any] = score_keys(scores)
    rankings = [
        ("ranking", f"mean {describe_ranking(keys[pool])} among {name}")
        for pool, name in (("all_targets", "all targets"), ("reference_targets", "the reference's targets"))
    ]
    figures = f"precision {keys['precision']:.4f}, recall {keys['recall']:.4f}, F1 {keys['f1']:.4f}"
    return [("reference", f"mean of {len(scores.pairs)} pairs: {figures}"), *rankings]


def describe_ranking(keys: Mapping[str, float]) -> str:
    """One ranking's figures for a person."""
    return f"Hits@1 {keys['hits@1']:.4f}, Hits@10 {keys['hits@10']:.4f}, MRR {keys['mrr']:.4f}"


def describe_links(metrics: LinkMetrics) -> tuple[str, str]:
    """Precision, recall and F1 for a person."""
    return (
        "reference",
        f"precision {metrics.precision:.4f}, recall {metrics.recall:.4f}, F1 {metrics.f1:.4f} "
        f"({metrics.correct:,} of {metrics.expected:,} reference links found)",
    )


def _describe_rankings(scores: Scores) -> list[tuple[str, str]]:
    return [
        ("ranking", f"{describe_ranking(_ranking_keys(metrics))} among {pool}")
        for metrics, pool in (
            (scores.all_targets, "all targets"),
            (scores.reference_targets, "the reference's targets"),
        )
    ]


def _describe_calibration(scores: Scores) -> list[tuple[str, str]]:
    table = reliability_table(scores.judged["probability"], scores.judged["correct"], bins=5)
    bins = [
        f"{row['mean_probability']:.2f}→{row['share_correct']:.2f} ({row['count']:,})"
        for row in table.filter(pl.col("count") > 0).iter_rows(named=True)
    ]
    return [
        ("calibration", f"expected error {scores.calibration_error:.4f}; told→true: {', '.join(bins)}")
    ] * bool(bins)


def _ranking_keys(metrics: RankingMetrics) -> dict[str, float]:
    return {"hits@1": metrics.hits_at_1, "hits@10": metrics.hits_at_10, "mrr": metrics.mrr}
