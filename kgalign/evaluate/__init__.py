"""Metrics: what a result is worth against a reference."""

from kgalign.evaluate.alignment import (
    LinkMetrics,
    RankingMetrics,
    link_metrics,
    metrics_of_ranks,
    pooled_link_metrics,
    ranking_metrics,
)
from kgalign.evaluate.calibration import expected_calibration_error, judged_links, reliability_table

__all__ = [
    "LinkMetrics",
    "RankingMetrics",
    "expected_calibration_error",
    "judged_links",
    "link_metrics",
    "metrics_of_ranks",
    "pooled_link_metrics",
    "ranking_metrics",
    "reliability_table",
]
