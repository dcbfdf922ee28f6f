from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from kgalign.align.structure.neighbourhood import neighbourhoods
from kgalign.kg import KnowledgeGraph

MakeGraph = Callable[[str, str], KnowledgeGraph]

FIRST = """<http://a/x> <http://a/knows> <http://a/y> .
<http://a/z> <http://a/knows> <http://a/y> .
<http://a/x> <http://a/born> "1969-05-05T00:00:00Z" .
<http://a/x> <http://a/note> "only here" .
<http://a/x> <http://a/knows> <http://a/x> .
"""
SECOND = """<http://b/u> <http://b/birthday> "1969-05-05" .
<http://b/u> <http://b/friend> <http://b/v> .
"""


def test_edges_run_both_ways_and_shared_values_are_neighbours(make_graph: MakeGraph) -> None:
    first, second, matches = neighbourhoods(make_graph("a", FIRST), make_graph("b", SECOND))
    assert matches.rows() == [(first.entities, second.entities, 1.0, 1)]
    names = {"http://a/x": 0, "http://a/y": 1, "http://a/z": 2}
    edges = {(row["entity"], row["neighbour"]): row["sharing"] for row in first.edges.iter_rows(named=True)}
    assert edges == {
        (names["http://a/x"], names["http://a/y"]): 2,
        (names["http://a/z"], names["http://a/y"]): 2,
        (names["http://a/y"], names["http://a/x"]): 1,
        (names["http://a/y"], names["http://a/z"]): 1,
        (names["http://a/x"], first.entities): 1,
    }
    assert second.edges.filter(pl.col("neighbour") >= second.entities).height == 1
    assert first.values.select("entity", "number", "text").rows() == [
        (names["http://a/x"], first.entities, "1969-05-05T00:00:00Z")
    ]


def test_near_values_are_neighbours(make_graph: MakeGraph) -> None:
    other = '<http://b/u> <http://b/birthday> "1969" .\n<http://b/u> <http://b/memo> "only there" .\n'
    first, second, matches = neighbourhoods(make_graph("a", FIRST), make_graph("b", other))
    (match,) = matches.rows(named=True)
    assert (match["source"], match["target"]) == (first.entities, second.entities)
    assert 0 < match["weight"] < 1


def test_signals_can_be_left_out(make_graph: MakeGraph) -> None:
    graphs = make_graph("a", FIRST), make_graph("b", SECOND)
    assert neighbourhoods(*graphs, attributes=False)[2].height == 0
    without = neighbourhoods(*graphs, relations=False)[0]
    assert without.relation_edges().height == 0
    assert without.edges.height == 1


def test_capacity_is_the_information_of_distinct_neighbours(make_graph: MakeGraph) -> None:
    first, _, _ = neighbourhoods(make_graph("a", FIRST), make_graph("b", SECOND))
    capacity = first.capacity(values=False, population=4)
    assert capacity == pytest.approx([0.6931, 2 * 1.3863, 0.6931], abs=1e-3)
