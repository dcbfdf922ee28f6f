"""The charts of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, log10

import numpy as np
import polars as pl

from kgalign.report.drawing import Bar, Chart, Point, Tick, across, down, polyline, ticks

_GAP = 1.5
_CONFIDENCE = 0.95
_MOST_POINTS = 240

Counts = np.ndarray[tuple[int, int], np.dtype[np.int64]]
Bounds = np.ndarray[tuple[int], np.dtype[np.float64]]


def probability_histogram(links: pl.DataFrame, threshold: float | None, rule: str = "") -> Chart:
    """How many links have which probability, in 20 bins.

    Nearly all links are nearly certain, so the counts are drawn by their logarithm; the statuses
    divide a column in proportion.

    Args:
        links: ``probability`` and ``status``.
        threshold: the lowest probability that was accepted.
        rule: a sentence that says by which rule.
    """
    counts, statuses = _counted(links["probability"], links["status"], np.linspace(0, 1, 21))
    most = max(int(counts.sum(axis=0).max(initial=0)), 1)
    top = log10(most) + 1

    def y(count: float) -> float:
        return down((log10(count) + 1) / top if count >= 1 else 0.0)

    powers = [10**power for power in range(floor(log10(most)) + 1)]
    return Chart(
        title="Probability of the links",
        note=f"{rule} Counts are drawn by their logarithm; colours divide a column in proportion.".strip(),
        x_title="probability",
        y_title="links",
        x_ticks=ticks([0, 0.2, 0.4, 0.6, 0.8, 1], across, "{:.1f}"),
        y_ticks=[Tick(down(0), "0"), *ticks(powers, y, "{:,}")],
        bars=_columns(counts, statuses, np.linspace(0, 1, 21), y, proportional=True),
        threshold=None if threshold is None else Tick(across(threshold), f"accepted from {threshold:.2f}"),
        header=("probability", *statuses),
        rows=_bin_rows(counts, np.linspace(0, 1, 21), "{:.2f}"),
    )


def score_histogram(links: pl.DataFrame) -> Chart | None:
    """How many links have which score, in about 30 bins; None without scores.

    Args:
        links: ``score`` and ``status``.
    """
    scored = links.filter(pl.col("score").is_finite())
    if scored.height == 0:
        return None
    low, high = scored.select(
        pl.col("score").min().floor().alias("low"), pl.col("score").max().ceil().alias("high")
    ).row(0)
    steps = _steps(float(low), max(float(high), float(low) + 1), 30)
    first, last = float(steps[0]), float(steps[-1])
    counts, statuses = _counted(scored["score"], scored["status"], steps)
    marks = _steps(0, max(float(counts.sum(axis=0).max()), 1.0), 4)

    def y(count: float) -> float:
        return down(count / marks[-1])

    def x(score: float) -> float:
        return across((score - first) / (last - first))

    return Chart(
        title="Score of the links",
        note="The score is the sum of what the signals add (see a pair's waterfall).",
        x_title="score",
        y_title="links",
        x_ticks=ticks([mark for mark in _steps(first, last, 6) if first <= mark <= last], x, "{:g}"),
        y_ticks=ticks(list(marks), y, "{:,.0f}"),
        bars=_columns(counts, statuses, steps, y),
        header=("score", *statuses),
        rows=_bin_rows(counts, steps, "{:g}"),
    )


def calibration_plot(table: pl.DataFrame, error: float) -> Chart | None:
    """What share of the links of each probability is right; None where none was judged.

    Args:
        table: as :func:`kgalign.evaluate.reliability_table` gives it.
        error: the expected calibration error.
    """
    from scipy.stats import binomtest

    points, rows = [], []
    for row in table.filter(pl.col("count") > 0).iter_rows(named=True):
        told, true, count = row["mean_probability"], row["share_correct"], row["count"]
        interval = binomtest(round(true * count), count).proportion_ci(_CONFIDENCE, "wilson")
        title = f"told {told:.3f}, true {true:.3f} ({count:,} links)"
        points.append(Point(across(told), down(true), down(interval.low), down(interval.high), title))
        rows.append(
            (f"{told:.3f}", f"{true:.3f}", f"{count:,}", f"{interval.low:.3f} to {interval.high:.3f}")
        )
    if not points:
        return None
    shares = [0, 0.2, 0.4, 0.6, 0.8, 1]
    return Chart(
        title="Calibration",
        note=f"On the diagonal, probabilities mean what they say. Expected calibration error {error:.4f}; "
        "bars are 95% Wilson intervals.",
        x_title="probability told",
        y_title="share that is right",
        x_ticks=ticks(shares, across, "{:.1f}"),
        y_ticks=ticks(shares, down, "{:.1f}"),
        points=points,
        diagonal=polyline([0, 1], [0, 1], across, down),
        header=("told", "true", "links", "95% interval"),
        rows=rows,
    )


def precision_recall_curve(curve: pl.DataFrame, accepted: tuple[float, float] | None) -> Chart | None:
    """Precision against recall, for every probability from which links could be accepted.

    Args:
        curve: ``probability``, ``precision`` and ``recall``, by falling probability.
        accepted: recall and precision of the accepted links.
    """
    if curve.height == 0:
        return None
    chosen = np.unique(np.linspace(0, curve.height - 1, min(curve.height, _MOST_POINTS)).astype(np.int64))
    drawn = curve[chosen]
    lowest = min(0.9, floor(float(drawn["precision"].to_numpy().min()) * 10) / 10)

    def y(precision: float) -> float:
        return down((precision - lowest) / (1 - lowest))

    marks = [round(float(mark), 6) for mark in np.linspace(lowest, 1, 6)]
    points = []
    if accepted is not None and accepted[1] >= lowest:
        recall, precision = accepted
        title = f"accepted links: precision {precision:.4f}, recall {recall:.4f}"
        points.append(Point(across(recall), y(precision), y(precision), y(precision), title))
    table = drawn[np.unique(np.linspace(0, drawn.height - 1, 12).astype(np.int64))]
    return Chart(
        title="Precision and recall",
        note="Accepting fewer links (left) or more (right); the dot is what this run accepted.",
        x_title="recall",
        y_title="precision",
        x_ticks=ticks([0, 0.2, 0.4, 0.6, 0.8, 1], across, "{:.1f}"),
        y_ticks=ticks(marks, y, "{:.2g}"),
        points=points,
        line=polyline(drawn["recall"], drawn["precision"], across, y),
        header=("from probability", "precision", "recall"),
        rows=[
            (f"{told:.4f}", f"{precision:.4f}", f"{recall:.4f}")
            for told, precision, recall in table.select("probability", "precision", "recall").iter_rows()
        ],
    )


def _counted(values: pl.Series, status: pl.Series, bounds: Bounds) -> tuple[Counts, list[str]]:
    """Counts, statuses × bins, and the statuses."""
    statuses = sorted(status.unique().to_list())
    numbers = np.clip(np.searchsorted(bounds, values.to_numpy(), "right") - 1, 0, len(bounds) - 2)
    counts = [np.bincount(numbers[(status == one).to_numpy()], minlength=len(bounds) - 1) for one in statuses]
    return np.array(counts, dtype=np.int64).reshape(len(statuses), len(bounds) - 1), statuses


def _columns(
    counts: Counts,
    statuses: Sequence[str],
    bounds: Bounds,
    y: Callable[[float], float],
    proportional: bool = False,
) -> list[Bar]:
    span = bounds[-1] - bounds[0]
    bars = []
    for place, of_bin in enumerate(counts.T):
        left, right = (across((bounds[at] - bounds[0]) / span) for at in (place, place + 1))
        below, total = 0, int(of_bin.sum())
        for status, count in zip(statuses, of_bin.tolist(), strict=True):
            if count == 0:
                continue
            if proportional:
                foot, head = (
                    down(0) + (y(total) - down(0)) * part / total for part in (below, below + count)
                )
            else:
                foot, head = y(below), y(below + count)
            title = f"{bounds[place]:.4g} to {bounds[place + 1]:.4g}: {count:,} {status}"
            bars.append(Bar(left + _GAP / 2, head, right - left - _GAP, foot - head, status, title))
            below += count
    return bars


def _bin_rows(counts: Counts, bounds: Bounds, form: str) -> list[tuple[str, ...]]:
    return [
        (
            f"{form.format(bounds[place])} to {form.format(bounds[place + 1])}",
            *(f"{count:,}" for count in of_bin.tolist()),
        )
        for place, of_bin in enumerate(counts.T)
        if of_bin.any()
    ]


def _steps(low: float, high: float, about: int) -> Bounds:
    """Round numbers, evenly spaced, that enclose *low* and *high* in about so many steps."""
    rough = (high - low) / about
    power = 10 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    marks: Bounds = np.arange(floor(low / step), -floor(-high / step) + 1).astype(np.float64) * step
    return marks
