"""Metrics: what a result is worth against a reference."""

from kgalign.evaluate.alignment import (
    LinkMetrics,
    RankingMetrics,
    link_metrics,
    ranking_metrics,
)

__all__ = ["LinkMetrics", "RankingMetrics", "link_metrics", "ranking_metrics"]
