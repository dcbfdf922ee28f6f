from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.evaluate import expected_calibration_error, reliability_table


def test_bins_by_hand() -> None:
    table = reliability_table([0.05, 0.95, 0.91, 1.0, 0.5], [False, True, True, False, True])
    assert table.columns == ["lower", "upper", "count", "mean_probability", "share_correct"]
    assert table.height == 10
    assert table["count"].to_list() == [1, 0, 0, 0, 0, 1, 0, 0, 0, 3]
    last = table.row(9, named=True)
    assert (last["lower"], last["upper"]) == (0.9, 1.0)
    assert last["mean_probability"] == pytest.approx(2.86 / 3)
    assert last["share_correct"] == pytest.approx(2 / 3)
    assert table["share_correct"].to_list()[1] is None


def test_error_by_hand() -> None:
    # The lowest bin is off by .05, the middle one by .5, the last by .86 / 3, over 1, 1 and 3 links.
    error = expected_calibration_error([0.05, 0.95, 0.91, 1.0, 0.5], [False, True, True, False, True])
    assert error == pytest.approx((0.05 + 0.5 + 0.86) / 5)


def test_too_sure_is_wrong_and_well_judged_is_right() -> None:
    assert expected_calibration_error([1.0] * 4, [True, False, False, False]) == pytest.approx(0.75)
    assert expected_calibration_error([0.25] * 4, [True, False, False, False]) == pytest.approx(0.0)
    assert expected_calibration_error([], []) == 0.0


@pytest.mark.parametrize(
    ("probability", "correct", "bins"),
    [([0.5], [], 10), ([1.01], [True], 10), ([float("nan")], [True], 10), ([0.5], [True], 0)],
)
def test_nonsense_is_refused(probability: list[float], correct: list[bool], bins: int) -> None:
    with pytest.raises(ValueError, match=r"probabilities|bin"):
        reliability_table(probability, correct, bins)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1), st.integers(1, 20))
def test_each_link_is_in_the_bin_of_its_probability(rows: list[tuple[float, bool]], bins: int) -> None:
    probability, correct = zip(*rows, strict=True)
    table = reliability_table(probability, correct, bins)
    assert table["count"].sum() == len(rows)
    for row in table.iter_rows(named=True):
        members = [
            right
            for told, right in rows
            if row["lower"] <= told < row["upper"] or told == row["upper"] == 1.0
        ]
        assert row["count"] == len(members)
        if members:
            assert row["lower"] - 1e-12 <= row["mean_probability"] <= row["upper"] + 1e-12
            assert row["share_correct"] == pytest.approx(sum(members) / len(members))
    gap = abs(sum(probability) - sum(correct)) / len(rows)
    assert gap - 1e-9 <= expected_calibration_error(probability, correct, bins) <= 1
