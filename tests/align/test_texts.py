from __future__ import annotations

from collections.abc import Callable

import polars as pl

from kgalign.align.signals.texts import entity_texts
from kgalign.kg import KnowledgeGraph

MakeGraph = Callable[[str, str], KnowledgeGraph]


def iris_only(*names: str) -> str:
    return "".join(f"<http://x/{name}> <http://x/p> <http://x/{names[0]}> .\n" for name in names)


def texts_of(graph: KnowledgeGraph, **extra: object) -> dict[str, list[str]]:
    rows = entity_texts(graph, extra.get("extra"), 8).rows.join(
        graph.entities, left_on="entity", right_on="id"
    )
    return {row[0]: row[1] for row in rows.group_by("iri", maintain_order=True).agg("text").iter_rows()}


def test_opaque_identifiers_are_no_names(make_graph: MakeGraph) -> None:
    opaque = [f"person1-Person{number}" for number in range(60)] + ["Q42", "a3f9c1", "1234"]
    assert texts_of(make_graph("opaque", iris_only(*opaque))) == {}


def test_readable_iris_are_names(make_graph: MakeGraph) -> None:
    found = texts_of(
        make_graph("readable", iris_only("Berlin_Wall", "%E6%9D%B1%E4%BA%AC", "Q1", "Apollo_11"))
    )
    assert found == {
        "http://x/Berlin_Wall": ["Berlin Wall"],
        "http://x/%E6%9D%B1%E4%BA%AC": ["東京"],
        "http://x/Apollo_11": ["Apollo 11"],
    }


def test_stated_names_come_first_and_once(make_graph: MakeGraph) -> None:
    graph = make_graph(
        "stated",
        '<http://x/a> <http://www.w3.org/2004/02/skos/core#altLabel> "Alias"@en .\n'
        '<http://x/a> <http://www.w3.org/2000/01/rdf-schema#label> "  Main\\nname "@en .\n'
        '<http://x/a> <http://www.w3.org/2000/01/rdf-schema#label> "Main name"@de .\n',
    )
    extra = pl.DataFrame(
        {"entity": [0], "text": ["Translated"], "language": [None]},
        schema={"entity": pl.UInt32, "text": pl.String, "language": pl.String},
    )
    found = texts_of(graph, extra=extra)["http://x/a"]
    assert found[0] == "Main name"
    assert sorted(found) == ["Alias", "Main name", "Translated"]
    assert entity_texts(graph, extra, 1).rows["text"].to_list() == ["Main name"]
