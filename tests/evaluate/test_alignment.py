from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.evaluate import link_metrics, pooled_link_metrics, ranking_metrics


def pairs(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema={"source": pl.String, "target": pl.String}, orient="row")


def scored(*rows: tuple[str, str, float]) -> pl.DataFrame:
    schema = {"source": pl.String, "target": pl.String, "score": pl.Float64}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def test_links_that_the_reference_does_not_know_are_not_judged() -> None:
    metrics = link_metrics(
        pairs(("a", "1"), ("b", "3"), ("x", "9"), ("y", "2")), pairs(("a", "1"), ("b", "2"), ("c", "4"))
    )
    assert (metrics.correct, metrics.judged, metrics.expected) == (1, 3, 3)
    assert metrics.precision == pytest.approx(1 / 3)
    assert metrics.recall == pytest.approx(1 / 3)
    assert metrics.f1 == pytest.approx(1 / 3)


def test_no_link_is_precise_and_finds_nothing() -> None:
    metrics = link_metrics(pairs(), pairs(("a", "1")))
    assert (metrics.precision, metrics.recall, metrics.f1) == (1.0, 0.0, 0.0)


def test_ranks_by_hand() -> None:
    candidates = scored(
        ("a", "1", 0.9), ("a", "2", 0.5), ("b", "1", 0.8), ("b", "2", 0.7), ("b", "9", 0.75), ("c", "1", 0.1)
    )
    reference = pairs(("a", "1"), ("b", "2"), ("c", "3"))
    everything = ranking_metrics(candidates, reference, "all")
    assert everything.hits_at_1 == pytest.approx(1 / 3)
    assert everything.hits_at_10 == pytest.approx(2 / 3)
    assert everything.mrr == pytest.approx((1 + 1 / 3) / 3)
    # 9 is nobody's target, so b's target 2 moves up to the second place.
    assert ranking_metrics(candidates, reference, "reference").mrr == pytest.approx((1 + 1 / 2) / 3)


def test_a_constant_score_earns_nothing() -> None:
    candidates = scored(*(("a", str(target), 0.5) for target in range(20)))
    metrics = ranking_metrics(candidates, pairs(("a", "0")), "all")
    assert metrics.hits_at_1 == 0
    assert metrics.hits_at_10 == 0


entity = st.sampled_from("abcdef")
target = st.sampled_from("123456")


@given(
    st.lists(st.tuples(entity, target, st.floats(0, 1)), unique_by=lambda row: row[:2]),
    st.lists(st.tuples(entity, target), min_size=1, unique_by=(lambda row: row[0], lambda row: row[1])),
)
def test_bounds_and_order(rows: list[tuple[str, str, float]], gold: list[tuple[str, str]]) -> None:
    reference = pairs(*gold)
    everything = ranking_metrics(scored(*rows), reference, "all")
    kinder = ranking_metrics(scored(*rows), reference, "reference")
    for metrics in (everything, kinder):
        assert 0 <= metrics.hits_at_1 <= metrics.mrr <= 1
        assert metrics.hits_at_1 <= metrics.hits_at_10 <= 1
    assert kinder.mrr >= everything.mrr - 1e-12
    links = link_metrics(scored(*rows), reference)
    assert links.correct <= min(links.judged, links.expected)
    assert 0 <= links.f1 <= 1


def test_pooled_metrics_count_links_and_not_parts() -> None:
    parts = [
        link_metrics(pairs(("a", "1"), ("b", "3")), pairs(("a", "1"), ("b", "2"))),
        link_metrics(pairs(("c", "4")), pairs(("c", "4"))),
    ]
    pooled = pooled_link_metrics(parts, missed=1)
    assert (pooled.correct, pooled.judged, pooled.expected) == (2, 3, 4)
    assert (pooled.precision, pooled.recall) == pytest.approx((2 / 3, 1 / 2))
    assert pooled.f1 == pytest.approx(2 * (2 / 3) * (1 / 2) / (2 / 3 + 1 / 2))
    assert pooled_link_metrics([]) == link_metrics(pairs(), pairs())
