"""A chart's drawing: 520 × 300 units with two axes, as plain numbers for the SVG template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

_WIDTH, _HEIGHT = 520.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 66.0, 14.0, 18.0, 46.0


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, in the drawing's units, and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Bar:
    """A part of a histogram's column, in the drawing's units, and what it says."""

    x: float
    y: float
    width: float
    height: float
    status: str
    title: str


@dataclass(frozen=True)
class Point:
    """A point, its interval from ``low`` to ``high`` in the drawing's units, and what it says."""

    x: float
    y: float
    low: float
    high: float
    title: str


@dataclass(frozen=True)
class Chart:
    """A drawing of 520 × 300 units, its axes, and the same figures as a table.

    Attributes:
        title: what it shows.
        note: how to read it.
        x_title: of the horizontal axis.
        y_title: of the vertical axis.
        x_ticks: of the horizontal axis.
        y_ticks: of the vertical axis.
        bars: of a histogram.
        points: of a calibration plot.
        line: of a curve, as SVG's ``points``.
        diagonal: of perfect calibration, as SVG's ``points``.
        threshold: where links begin to be accepted.
        header: of the table.
        rows: of the table.
    """

    title: str
    note: str
    x_title: str
    y_title: str
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    bars: Sequence[Bar] = ()
    points: Sequence[Point] = ()
    line: str = ""
    diagonal: str = ""
    threshold: Tick | None = None
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    width: float = _WIDTH
    height: float = _HEIGHT
    left: float = _LEFT
    right: float = _WIDTH - _RIGHT
    top: float = _TOP
    bottom: float = _HEIGHT - _BOTTOM


def ticks(values: Sequence[float], place: Callable[[float], float], form: str) -> list[Tick]:
    """Marks at *values*, which *place* puts on an axis, written in a format."""
    return [Tick(place(value), form.format(value)) for value in values]


def polyline(
    x_values: ArrayLike, y_values: ArrayLike, x: Callable[[float], float], y: Callable[[float], float]
) -> str:
    """SVG's ``points`` of a line through the values, which *x* and *y* put on the axes."""
    pairs = zip(np.asarray(x_values).tolist(), np.asarray(y_values).tolist(), strict=True)
    return " ".join(f"{x(right):.1f},{y(up):.1f}" for right, up in pairs)


def across(share: float) -> float:
    """Where a share of the horizontal axis ends."""
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def down(share: float) -> float:
    """Where a share of the vertical axis ends."""
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)
