from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.align.candidates import Pairs
from kgalign.align.matching import (
    balanced,
    choice,
    localised,
    many_to_one,
    margins,
    mutual_best,
    one_to_one,
    rank_in_group,
    shared_targets,
    sinkhorn,
)


def table(rows: list[tuple[int, int, float]], sources: int = 5, targets: int = 5) -> tuple[Pairs, np.ndarray]:
    ordered = sorted(rows)
    source = np.array([row[0] for row in ordered], np.int64)
    target = np.array([row[1] for row in ordered], np.int64)
    return Pairs(source, target, sources, targets), np.array([row[2] for row in ordered])


scored_pairs = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(-20, 20)), unique_by=lambda row: row[:2]
)


@given(scored_pairs)
def test_one_to_one_is_the_greedy_choice(rows: list[tuple[int, int, float]]) -> None:
    pairs, values = table(rows)
    chosen = [(int(pairs.source[row]), int(pairs.target[row])) for row in one_to_one(pairs, values)]
    greedy: list[tuple[int, int]] = []
    for row in sorted(range(len(values)), key=lambda row: (-values[row], row)):
        source, target = int(pairs.source[row]), int(pairs.target[row])
        if all(source != s and target != t for s, t in greedy):
            greedy.append((source, target))
    assert chosen == sorted(greedy)


@given(scored_pairs)
def test_balanced_weights_never_promise_more_than_one_partner(rows: list[tuple[int, int, float]]) -> None:
    pairs, values = table(rows)
    weights = sinkhorn(pairs, values)
    assert ((weights >= 0) & (weights <= 1)).all()
    for entity, count in ((pairs.source, 5), (pairs.target, 5)):
        assert (np.bincount(entity, weights, count) <= 1 + 1e-9).all() if len(weights) else True


def test_a_popular_target_goes_to_the_source_that_has_nobody_else() -> None:
    pairs, scores = table([(0, 0, 16.0), (0, 1, 15.5), (1, 0, 16.0), (1, 1, 0.0)])
    weights = sinkhorn(pairs, scores)
    assert weights[1] > 0.9
    assert weights[2] > 0.9


def test_an_entity_without_a_partner_takes_nobody() -> None:
    pairs, scores = table([(0, 0, 12.0), (1, 0, 0.0)])
    weights = sinkhorn(pairs, scores)
    assert weights[0] > 0.9
    assert weights[1] < 0.05


def test_mutual_best_and_margins_by_hand() -> None:
    pairs, scores = table([(0, 0, 3.0), (0, 1, 1.0), (1, 0, 2.0), (1, 1, 1.5)])
    assert mutual_best(pairs, scores).tolist() == [0]
    by_source, by_target = margins(pairs, scores)
    assert by_source.tolist() == pytest.approx([2.0, -2.0, 0.5, -0.5])
    assert by_target.tolist() == pytest.approx([1.0, -0.5, -1.0, 0.5])


def test_what_all_candidates_share_says_nothing() -> None:
    rows = [(0, target, 7.0) for target in range(5)] + [(1, target, 0.0) for target in range(5)]
    pairs, scores = table(rows)
    moved = localised(pairs, scores)
    assert np.ptp(moved[:5]) == pytest.approx(0)
    assert abs(moved[0]) < abs(scores[0])


@given(scored_pairs)
def test_many_to_one_is_the_best_of_each_source(rows: list[tuple[int, int, float]]) -> None:
    pairs, values = table(rows)
    chosen = many_to_one(pairs, values)
    assert pairs.source[chosen].tolist() == sorted({row[0] for row in rows})
    for row in chosen:
        assert values[row] == values[pairs.source == pairs.source[row]].max()


def test_many_to_one_leaves_out_what_is_worth_nothing() -> None:
    pairs, values = table([(0, 0, -np.inf), (1, 0, 2.0), (1, 1, -np.inf), (2, 0, 1.0)])
    assert many_to_one(pairs, values).tolist() == choice(pairs, values, "many-to-one").tolist() == [1, 3]
    assert choice(pairs, values, "one-to-one").tolist() == [1]


@given(scored_pairs)
def test_shared_targets_never_promise_a_source_twice(rows: list[tuple[int, int, float]]) -> None:
    pairs, values = table(rows)
    weights = shared_targets(pairs, values)
    assert ((weights >= 0) & (weights <= 1)).all()
    assert (np.bincount(pairs.source, weights, 5) <= 1 + 1e-9).all() if len(weights) else True


def test_sources_share_a_target_only_where_they_may() -> None:
    pairs, scores = table([(0, 0, 12.0), (1, 0, 11.0), (2, 0, -9.0)])
    shared = balanced(pairs, scores, "many-to-one")
    assert (shared[:2] > 0.9).all()
    assert shared[2] < 0.05
    assert balanced(pairs, scores, "one-to-one")[:2].sum() <= 1 + 1e-9


def test_a_lone_pair_is_as_good_as_none_at_twice_the_slack() -> None:
    for score, weight in ((-4.0, 0.5), (-4.0 + np.log(3), 0.75), (-300.0, 0.0), (300.0, 1.0)):
        pairs, scores = table([(0, 0, score)])
        assert shared_targets(pairs, scores, slack=-2.0).tolist() == pytest.approx([weight])


def test_ranks_within_groups() -> None:
    values = np.array([0.5, 0.9, 0.1, 0.9, -np.inf])
    groups = np.array([0, 0, 1, 0, 1])
    assert rank_in_group(values, groups).tolist() == [2, 0, 0, 1, 1]
