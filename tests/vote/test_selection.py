from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.vote.options import VoteOptions
from kgalign.vote.selection import prior_of, select


def candidates(*rows: tuple[int, int, float, float]) -> pl.DataFrame:
    return pl.DataFrame(
        rows,
        {"source": pl.UInt32, "target": pl.UInt32, "weight": pl.Float32, "probability": pl.Float64},
        orient="row",
    )


NOBODY = pl.Series([], dtype=pl.UInt32)


def test_only_sources_within_the_bounds_are_asked_about_the_least_sure_first() -> None:
    table = candidates(
        (0, 5, 0.9, 0.99),
        (1, 5, 0.6, 0.8),
        (1, 6, 0.2, 0.1),
        (2, 6, 0.5, 0.45),
        (2, 7, 0.4, 0.4),
        (3, 8, 0.01, 0.02),
    )
    found = select(table, NOBODY, VoteOptions(controls=0))
    assert [question.source for question in found.asked] == [2, 1]
    assert found.asked[0].targets == (6, 7)
    assert found.asked[0].prior == pytest.approx((0.45, 0.4, 0.15))
    assert [one.source for one in select(table, pl.Series([2], dtype=pl.UInt32), VoteOptions()).asked] == [1]


def test_a_question_shows_so_many_candidates_best_first() -> None:
    table = candidates(*((0, target, 0.1 * target, 0.1) for target in range(1, 9)))
    (question,) = select(table, NOBODY, VoteOptions(candidates=3, controls=0)).asked
    assert question.targets == (8, 7, 6)
    assert question.none == 3


@given(st.lists(st.floats(0, 1), max_size=10))
def test_the_prior_is_a_probability_that_never_rules_none_out(probabilities: list[float]) -> None:
    prior = prior_of(probabilities)
    assert sum(prior) == pytest.approx(1)
    assert len(prior) == len(probabilities) + 1
    assert prior[-1] > 0


def test_controls_are_sure_links_and_some_hide_their_target() -> None:
    rows = [
        (source, target, 0.9 if target == source else 0.01, 0.995 if target == source else 0.001)
        for source in range(40)
        for target in (source, source + 1, source + 2)
    ]
    found = select(candidates(*rows), NOBODY, VoteOptions(controls=20, candidates=2))
    assert len(found.controls) == 20 and not found.asked
    hidden = [question for question in found.controls if question.truth == question.none]
    assert len(hidden) == 5
    for question in found.controls:
        assert (question.source in question.targets) == (question.truth == 0)
        assert len(question.targets) == 2
    assert select(candidates(*rows), NOBODY, VoteOptions(controls=20, candidates=2)) == found
