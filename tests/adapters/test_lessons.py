from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from kgalign.adapters.leaving_out import entities_named, read_name_pairs
from kgalign.adapters.lessons import Lessons
from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph


def number(graph: KnowledgeGraph, key: str) -> int:
    return int(graph.entities.filter(pl.col("iri") == f"http://x/{key}")["id"][0])


def test_facts_and_descriptions(cities: KnowledgeGraph) -> None:
    lessons = Lessons.of(cities)
    assert len(lessons.head) == 5
    assert lessons.descriptions.text == ("athens is the capital of greece. it is old. it is large.",)
    assert lessons.are_facts(lessons.head, lessons.relation, lessons.tail).all()
    swapped = lessons.are_facts(lessons.tail, lessons.relation, lessons.head)
    assert not swapped.any()


def test_what_is_left_out_is_in_no_lesson(cities: KnowledgeGraph) -> None:
    left_out = np.array([number(cities, "a")])
    lessons = Lessons.of(cities, left_out=left_out)
    assert not set(lessons.labels.texts) & {"athens", "atenas", "athen"}
    assert len(lessons.head) == 4
    assert not lessons.descriptions.text


def test_one_language(cities: KnowledgeGraph) -> None:
    lessons = Lessons.of(cities, languages=["es"])
    assert lessons.labels.languages == ("es",)
    # Relations have no Spanish names, and borrow those of any language.
    assert set(lessons.relation_labels.texts) >= {"country", "land"}
    with pytest.raises(InputError, match="no entity has a name in fr"):
        Lessons.of(cities, languages=["fr"])


def test_entities_by_a_pair_of_names(cities: KnowledgeGraph, tmp_path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("Koeln\tcologne\nathen\tcologne\nBERLIN\tberlin\n\n", "utf-8")
    found = entities_named(cities, read_name_pairs(path))
    assert set(found.tolist()) == {number(cities, "c"), number(cities, "b")}


def test_a_line_that_is_no_pair_is_named(tmp_path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("one\ttwo\nthree\n", "utf-8")
    with pytest.raises(InputError, match=r"pairs.tsv:2: a line is two names"):
        read_name_pairs(path)
    with pytest.raises(InputError, match="no such file"):
        read_name_pairs(tmp_path / "missing.tsv")


def test_a_relation_named_by_its_iri_alone_is_worded(make_graph) -> None:
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    graph = make_graph(
        "places", f'<http://x/a> {label} "a"@en .\n<http://x/a> <http://x/birthPlace> <http://x/a> .\n'
    )
    assert Lessons.of(graph).relation_labels.texts == ("birth place",)
