"""What a reference says about a run's links."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kgalign.align.judged_pairs import judged_pairs
from kgalign.align.links import ANCHORED, GRAPH_COLUMNS
from kgalign.evaluate import (
    LinkMetrics,
    expected_calibration_error,
    judged_links,
    link_metrics,
    pooled_link_metrics,
)
from kgalign.report.contents import Contents


@dataclass(frozen=True)
class Judgement:
    """A run's links against a reference, all pairs of graphs together.

    Attributes:
        metrics: of the accepted links.
        judged: ``probability`` and ``correct`` of every judged link that was not given, uncertain ones
            too.
        curve: ``probability``, ``precision`` and ``recall`` of accepting every link from that probability
            on, from the surest link downwards; those that were given are counted in.
    """

    metrics: LinkMetrics
    judged: pl.DataFrame
    curve: pl.DataFrame

    @property
    def calibration_error(self) -> float:
        """Expected calibration error of the probabilities."""
        return expected_calibration_error(self.judged["probability"], self.judged["correct"])


def judgement(contents: Contents) -> Judgement | None:
    """Judge a run by its reference; None where it has none.

    A reference link counts for the two graphs whose linked or proposed entities it names, in either
    direction. One that names none is missed.
    """
    if contents.reference is None:
        return None
    links = contents.links.select("source", "target", "probability", "status", "method", *GRAPH_COLUMNS)
    candidates = [] if contents.candidates is None else [contents.candidates]
    pairs, missed = judged_pairs(links, contents.reference, candidates)
    accepted = pl.col("status") == "accepted"
    predicted = ~pl.col("method").is_in(ANCHORED)
    every = pl.concat([judged_links(found, expected) for found, expected in pairs])
    return Judgement(
        pooled_link_metrics(
            [link_metrics(found.filter(accepted), expected) for found, expected in pairs], missed
        ),
        pl.concat([judged_links(found.filter(predicted), expected) for found, expected in pairs]),
        _curve(every, contents.reference.height),
    )


def _curve(judged: pl.DataFrame, expected: int) -> pl.DataFrame:
    """Precision and recall at each distinct probability."""
    return (
        judged.group_by("probability")
        .agg(pl.len().cast(pl.Int64).alias("count"), pl.col("correct").sum().cast(pl.Int64))
        .sort("probability", descending=True)
        .select(
            "probability",
            precision=pl.col("correct").cum_sum() / pl.col("count").cum_sum(),
            recall=pl.col("correct").cum_sum() / max(expected, 1),
        )
    )
