from __future__ import annotations

import polars as pl
import pytest

from kgalign.align.values import rating
from kgalign.align.values.nearness import PAIRS_SCHEMA
from kgalign.align.values.rating import kept, with_crowd


def pairs(*rows: tuple[int, int, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=PAIRS_SCHEMA, orient="row")


def holders(*rows: tuple[int, int, int]) -> pl.DataFrame:
    schema = {"attribute": pl.UInt32, "value": pl.UInt32, "holders": pl.UInt32}
    return pl.DataFrame(rows, schema=schema, orient="row")


def crowds(found: pl.DataFrame) -> dict[tuple[int, int], int]:
    return {(source, target): crowd for source, target, _, crowd in found.rows()}


def test_a_crowd_is_all_that_match_as_well() -> None:
    near = pairs((0, 0, 1.0), (0, 1, 0.9), (0, 2, 0.9), (0, 3, 0.5))
    second = holders((7, 0, 1), (7, 1, 2), (7, 2, 3), (7, 3, 10))
    found = crowds(with_crowd(near, holders((5, 0, 1)), second))
    assert found == {(0, 0): 1, (0, 1): 6, (0, 2): 6, (0, 3): 16}


def test_other_attributes_are_no_rivals() -> None:
    near = pairs((0, 0, 0.9), (0, 1, 0.8))
    found = crowds(with_crowd(near, holders((5, 0, 1)), holders((7, 0, 100), (8, 1, 3))))
    assert found == {(0, 0): 100, (0, 1): 3}


def test_the_graph_where_they_are_more_counts() -> None:
    near = pairs((0, 0, 0.9), (1, 0, 0.9))
    found = crowds(with_crowd(near, holders((5, 0, 4), (5, 1, 5)), holders((7, 0, 2))))
    assert found == {(0, 0): 9, (1, 0): 9}


@pytest.mark.parametrize("either", [False, True])
def test_the_best_matches_are_kept(either: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rating, "MOST_MATCHES", 2)
    near = pairs((0, 0, 0.7), (0, 1, 0.9), (0, 2, 0.8), (1, 0, 0.5), (2, 0, 0.6))
    # Value 0 of the second graph is the third best of the first's 0, whose best it is itself.
    expected = {(0, 1), (0, 2), (2, 0)} | ({(0, 0), (1, 0)} if either else set())
    assert set(kept(near, either=either).select("source", "target").rows()) == expected


def test_ties_are_broken_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rating, "MOST_MATCHES", 1)
    assert kept(pairs((0, 1, 0.5), (0, 0, 0.5)), either=False)["target"].to_list() == [0]
