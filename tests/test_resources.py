from __future__ import annotations

import time

import pytest

from kgalign.resources import Stage, StageClock


def test_stages_are_measured_even_if_they_fail() -> None:
    clock = StageClock()
    with clock.stage("rest"):
        time.sleep(0.02)
    with pytest.raises(ValueError, match="no"), clock.stage("fail"):
        raise ValueError("no")
    assert [stage.name for stage in clock.stages] == ["rest", "fail"]
    assert clock.stages[0].seconds >= 0.02
    assert all(stage.peak_bytes > 1_000_000 for stage in clock.stages)


def test_a_stage_within_another_counts_once() -> None:
    clock = StageClock()
    with clock.stage("outer"):
        with clock.stage("inner"):
            time.sleep(0.05)
        time.sleep(0.02)
    inner, outer = clock.stages
    assert (inner.name, outer.name) == ("inner", "outer")
    assert inner.seconds >= 0.05
    assert 0.02 <= outer.seconds < 0.05


def test_stages_of_one_name_are_told_together() -> None:
    clock = StageClock(
        [Stage("match", 1.0, 2.0, 30), Stage("link", 0.5, 0.5, 10), Stage("match", 3.0, 1.0, 20)]
    )
    assert clock.by_name() == [Stage("match", 4.0, 3.0, 30), Stage("link", 0.5, 0.5, 10)]
    assert len(clock.stages) == 3
