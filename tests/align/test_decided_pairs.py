from __future__ import annotations

from collections.abc import Callable

import polars as pl

from kgalign.align import distribute_decisions
from kgalign.align.decisions import DECISION_SCHEMA
from kgalign.kg import KnowledgeGraph

MakeGraph = Callable[[str, str], KnowledgeGraph]


def decisions(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame([(*row, "") for row in rows], schema=DECISION_SCHEMA, orient="row")


def graph(make_graph: MakeGraph, name: str) -> KnowledgeGraph:
    return make_graph(
        name, "".join(f"<http://{name}/{n}> <http://p> <http://{name}/{n + 1}> .\n" for n in range(3))
    )


def test_decisions_are_dealt_out_to_their_graphs(make_graph: MakeGraph) -> None:
    graphs = [graph(make_graph, name) for name in "abc"]
    found = distribute_decisions(
        decisions(
            ("http://a/0", "http://b/1", "confirmed"),
            ("http://c/2", "http://a/1", "declined"),
            ("http://b/0", "http://c/0", "unsure"),
            ("http://a/0", "http://nowhere/1", "declined"),
        ),
        graphs,
    )
    assert found.pairs.keys() == {(0, 1), (0, 2)}
    first, second = found.pairs[0, 1], found.pairs[0, 2]
    assert [ids.tolist() for ids in (*first.confirmed, *first.declined)] == [[0], [1], [], []]
    assert [ids.tolist() for ids in (*second.confirmed, *second.declined)] == [[], [], [1], [2]]
    assert (found.unknown, found.first_unknown, found.contradicted) == (1, "http://nowhere/1", 0)


def test_the_last_of_contradicting_decisions_counts(make_graph: MakeGraph) -> None:
    graphs = [graph(make_graph, name) for name in "ab"]
    rows = (
        ("http://a/0", "http://b/0", "confirmed"),
        ("http://b/0", "http://a/0", "declined"),
        ("http://a/1", "http://b/1", "confirmed"),
        ("http://a/2", "http://b/1", "confirmed"),
        ("http://a/3", "http://b/3", "declined"),
        ("http://b/3", "http://a/3", "unsure"),
    )
    one = distribute_decisions(decisions(*rows), graphs)
    assert [ids.tolist() for ids in (*one.pairs[0, 1].confirmed, *one.pairs[0, 1].declined)] == [
        [2],
        [1],
        [0],
        [0],
    ]
    assert one.contradicted == 1
    many = distribute_decisions(decisions(*rows), graphs, "many-to-one")
    assert sorted(many.pairs[0, 1].confirmed[0].tolist()) == [1, 2]
    assert many.contradicted == 0
