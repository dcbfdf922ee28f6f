from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.evaluate.ranking import TailMetrics, filtered_ranks, tail_metrics

Known = set[tuple[int, int]]


def ids(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def naive_rank(scores: list[float], tail: int, known: set[int]) -> float:
    """As one would say it: sort what is left, and take the mean of the places that the score shares."""
    left = [score for place, score in enumerate(scores) if place == tail or place not in known]
    places = [place for place, score in enumerate(sorted(left, reverse=True), 1) if score == scores[tail]]
    return sum(places) / len(places)


def test_ranks_by_hand() -> None:
    scores = np.array([[0.9, 0.8, 0.7, 0.1], [0.5, 0.5, 0.5, 0.5]], np.float32)
    row, tail = ids(0, 0, 1), ids(2, 0, 3)
    nothing = ids()
    assert filtered_ranks(scores, row, tail, nothing, nothing).tolist() == [3, 1, 2.5]
    # 0 is known to be true for the first query, so it doesn't stand before 2.
    assert filtered_ranks(scores, row, tail, ids(0, 1, 0), ids(0, 0, 2)).tolist() == [2, 1, 2]


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        filtered_ranks(np.array([[np.nan, 1.0]]), ids(0), ids(1), ids(), ids())


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[list[float]], list[tuple[int, int]], Known]:
    queries, candidates = draw(st.integers(1, 4)), draw(st.integers(1, 6))
    # Few values, so that ties are common.
    score = st.sampled_from([0.0, 0.25, 0.5, 1.0])
    row = st.lists(score, min_size=candidates, max_size=candidates)
    scores = draw(st.lists(row, min_size=queries, max_size=queries))
    pair = st.tuples(st.integers(0, queries - 1), st.integers(0, candidates - 1))
    return scores, draw(st.lists(pair, min_size=1, max_size=8)), draw(st.sets(pair))


@given(questions())
def test_ranks_are_those_of_the_naive_way(
    asked: tuple[list[list[float]], list[tuple[int, int]], Known],
) -> None:
    scores, triples, known = asked
    found = filtered_ranks(
        np.array(scores, np.float32),
        ids(*(row for row, _ in triples)),
        ids(*(tail for _, tail in triples)),
        ids(*(row for row, _ in sorted(known))),
        ids(*(tail for _, tail in sorted(known))),
    )
    expected = [
        naive_rank(scores[row], tail, {other for query, other in known if query == row})
        for row, tail in triples
    ]
    assert found.tolist() == expected


@given(st.lists(st.integers(2, 60).map(lambda twice: twice / 2), min_size=1))
def test_a_mean_reciprocal_rank_is_never_below_hits_at_1(ranks: list[float]) -> None:
    metrics = tail_metrics(np.array(ranks))
    assert metrics.hits_at_1 <= metrics.mrr <= 1
    assert metrics.hits_at_1 <= metrics.hits_at_3 <= metrics.hits_at_10 <= 1
    assert metrics.triples == len(ranks)


def test_metrics_by_hand() -> None:
    metrics = tail_metrics(np.array([1.0, 2.0, 3.5, 10.0]))
    assert (metrics.hits_at_1, metrics.hits_at_3, metrics.hits_at_10) == (0.25, 0.5, 1.0)
    assert metrics.mrr == pytest.approx((1 + 1 / 2 + 1 / 3.5 + 1 / 10) / 4)
    assert tail_metrics(np.empty(0)) == TailMetrics(0.0, 0.0, 0.0, 0.0, 0)


def test_ranks_counted_from_two_different_numbers_are_noticed() -> None:
    with pytest.raises(ValueError, match="counted wrongly"):
        TailMetrics(0.5, 0.5, 0.5, 0.4, 10)
