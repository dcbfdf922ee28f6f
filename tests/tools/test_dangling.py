from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from dangling import dangling_metrics, taken_away, write_without

from kgalign.kg import KnowledgeGraph, load


def pairs(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema={"source": pl.String, "target": pl.String}, orient="row")


LINKS = pairs(("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"))


def test_figures_by_hand() -> None:
    # c and d dangle. d is left alone rightly, b wrongly; c is linked to an entity outside the reference.
    accepted = pairs(("a", "1"), ("c", "9"), ("x", "8"))
    metrics = dangling_metrics(accepted, LINKS, pl.Series(["3", "4"]))
    assert (metrics.precision, metrics.recall, metrics.f1) == (0.5, 0.5, 0.5)
    assert (metrics.links.correct, metrics.links.judged, metrics.links.expected) == (1, 2, 2)
    assert metrics.links.f1 == pytest.approx(0.5)


def test_linking_everything_detects_nothing() -> None:
    metrics = dangling_metrics(LINKS.with_columns(target=pl.lit("9")), LINKS, pl.Series(["1"]))
    assert (metrics.precision, metrics.recall, metrics.f1) == (1.0, 0.0, 0.0)
    assert metrics.links.f1 == 0.0


def test_the_seed_decides_which_targets_go() -> None:
    links = pairs(*((f"s{number}", f"t{number}") for number in range(100)))
    gone = taken_away(links, 0.3, 0)
    assert len(gone) == gone.n_unique() == 30
    assert gone.to_list() == taken_away(links.reverse(), 0.3, 0).to_list()
    assert gone.to_list() != taken_away(links, 0.3, 1).to_list()


def test_nothing_is_left_of_what_was_taken_away(
    make_graph: Callable[[str, str], KnowledgeGraph], tmp_path: Path
) -> None:
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    graph = make_graph(
        "graph",
        f"""
        <http://e/a> <http://r/knows> <http://e/b> .
        <http://e/b> <http://r/knows> <http://e/c> .
        <http://e/c> <http://r/knows> <http://e/a> .
        <http://e/a> {label} "A"@en .
        <http://e/b> {label} "B"@en .
        <http://e/b> <http://r/age> "7" .
        """,
    )
    write_without(graph, pl.Series(["http://e/b"]), tmp_path / "rest.nt.gz")
    rest = load(tmp_path / "rest.nt.gz", cache=tmp_path / "cache")
    assert set(rest.entities["iri"]) == {"http://e/a", "http://e/c"}
    assert rest.triples.height == 1
    assert rest.attributes.height == 0
    assert "B" not in set(rest.labels["text"])
