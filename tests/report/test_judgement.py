from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kgalign.report import Contents
from kgalign.report.judgement import judgement


def contents(links: list[tuple], reference: list[tuple[str, str]]) -> Contents:
    columns = ["source_graph", "target_graph", "source", "target", "probability", "status", "method"]
    return Contents(
        name="run",
        links=pl.DataFrame(links, schema=columns, orient="row"),
        candidates=None,
        clusters=pl.DataFrame(),
        summary={},
        options={},
        reference=pl.DataFrame(reference, schema=["source", "target"], orient="row"),
        fused=None,
    )


def test_it_says_what_align_said_of_the_same_reference(world_run: Path, graph_data: Path) -> None:
    from kgalign.align import read_pairs
    from kgalign.evaluate import link_metrics

    run = Contents.read(world_run, reference=graph_data / "reference.tsv")
    judged = judgement(run)
    assert judged is not None
    accepted = run.links.filter(pl.col("status") == "accepted")
    assert judged.metrics == link_metrics(accepted, read_pairs(graph_data / "reference.tsv"))
    assert judged.metrics.precision > 0.8
    assert 0 < judged.calibration_error < 0.5


def test_the_curve_counts_every_judged_link_from_the_surest_down() -> None:
    judged = judgement(
        contents(
            [
                ("a", "b", "a1", "b1", 0.9, "accepted", "aligned"),
                ("a", "b", "a2", "b3", 0.8, "accepted", "aligned"),
                ("a", "b", "a3", "b2", 0.8, "accepted", "seed"),
                ("a", "b", "a4", "b4", 0.2, "uncertain", "aligned"),
                ("a", "b", "a9", "b9", 0.99, "accepted", "aligned"),
            ],
            [("a1", "b1"), ("a2", "b2"), ("a4", "b4"), ("a5", "b5")],
        )
    )
    assert judged is not None
    assert judged.curve.rows() == [
        (0.9, 1.0, 0.25),
        (0.8, pytest.approx(1 / 3), 0.25),
        (0.2, 0.5, 0.5),
    ]
    # The seed was given, so it is no prediction that could be calibrated.
    assert sorted(judged.judged.rows()) == [(0.2, True), (0.8, False), (0.9, True)]


def test_of_many_graphs_each_pair_is_judged_by_its_part_in_either_direction() -> None:
    judged = judgement(
        contents(
            [
                ("a", "b", "a1", "b1", 0.9, "accepted", "aligned"),
                ("a", "c", "a1", "c1", 0.9, "accepted", "aligned"),
                ("b", "c", "b2", "c2", 0.9, "accepted", "joined"),
            ],
            [("a1", "b1"), ("c1", "a1"), ("b2", "c1"), ("x", "y")],
        )
    )
    assert judged is not None
    assert (judged.metrics.correct, judged.metrics.judged, judged.metrics.expected) == (2, 3, 4)


def test_without_a_reference_nothing_is_judged(world_run: Path) -> None:
    assert judgement(Contents.read(world_run)) is None
