from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.evaluate import reliability_table
from kgalign.report.charts import (
    calibration_plot,
    precision_recall_curve,
    probability_histogram,
    score_histogram,
)
from kgalign.report.drawing import Chart

LINKS = pl.DataFrame(
    {
        "probability": [1.0, 0.99, 0.97, 0.52, 0.51, 0.12],
        "score": [30.0, 12.5, 11.0, 2.0, -3.0, None],
        "status": ["accepted", "accepted", "accepted", "accepted", "uncertain", "uncertain"],
    }
)


def inside(chart: Chart) -> bool:
    return all(
        chart.left <= bar.x
        and bar.x + bar.width <= chart.right
        and chart.top - 1e-6 <= bar.y
        and bar.y + bar.height <= chart.bottom + 1e-6
        for bar in chart.bars
    )


def test_a_histogram_counts_every_link_once() -> None:
    chart = probability_histogram(LINKS, 0.52)
    assert chart.header == ("probability", "accepted", "uncertain")
    assert [sum(int(row[column]) for row in chart.rows) for column in (1, 2)] == [4, 2]
    assert chart.rows[-1] == ("0.95 to 1.00", "3", "0")
    assert chart.threshold is not None and chart.threshold.text == "accepted from 0.52"
    assert inside(chart)


def test_statuses_share_a_column_in_proportion() -> None:
    chart = probability_histogram(LINKS, None)
    heights = {bar.status: bar.height for bar in chart.bars if "0.5 to" in bar.title}
    assert heights["accepted"] == pytest.approx(heights["uncertain"])


def test_scores_are_counted_where_there_are_any() -> None:
    chart = score_histogram(LINKS)
    assert chart is not None and inside(chart)
    assert sum(int(value) for row in chart.rows for value in row[1:]) == 5
    assert score_histogram(LINKS.with_columns(score=pl.lit(None, pl.Float64))) is None


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(-1e6, 1e6), st.sampled_from(["accepted", "uncertain"])),
        min_size=1,
    )
)
def test_any_links_can_be_drawn(rows: list[tuple[float, float, str]]) -> None:
    links = pl.DataFrame(rows, schema=["probability", "score", "status"], orient="row")
    for chart in (probability_histogram(links, 0.5), score_histogram(links)):
        assert chart is not None and inside(chart)
        assert sum(int(value.replace(",", "")) for row in chart.rows for value in row[1:]) == len(rows)


def test_no_link_at_all_can_be_drawn() -> None:
    assert probability_histogram(LINKS.clear(), None).rows == []


def test_calibration_on_the_diagonal() -> None:
    table = reliability_table([0.25] * 4 + [0.75] * 4, [1, 0, 0, 0, 1, 1, 1, 0])
    chart = calibration_plot(table, 0.0)
    assert chart is not None
    for point, share in zip(chart.points, (0.25, 0.75), strict=True):
        assert (point.x - chart.left) / (chart.right - chart.left) == pytest.approx(share)
        assert (chart.bottom - point.y) / (chart.bottom - chart.top) == pytest.approx(share)
        # Wilson's interval holds the share, in a drawing where up is less.
        assert point.high < point.y < point.low
    assert chart.rows[0][:3] == ("0.250", "0.250", "4")
    assert calibration_plot(reliability_table([], []), 0.0) is None


def test_the_curve_ends_where_all_links_are_accepted() -> None:
    curve = pl.DataFrame(
        {"probability": [0.9, 0.8, 0.5], "precision": [1.0, 1.0, 0.75], "recall": [0.25, 0.5, 0.75]}
    )
    chart = precision_recall_curve(curve, (0.5, 1.0))
    assert chart is not None
    places = [tuple(map(float, pair.split(","))) for pair in chart.line.split(" ")]
    assert all(before[0] < after[0] for before, after in pairwise(places))
    assert chart.rows[-1] == ("0.5000", "0.7500", "0.7500")
    (point,) = chart.points
    assert (point.x, point.y) == pytest.approx(places[1], abs=0.1)
    assert precision_recall_curve(curve.clear(), None) is None
