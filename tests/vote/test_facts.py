"""Which facts are told of an entity, on graphs small enough to check by eye and on real ones."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from kgalign.kg import KnowledgeGraph, load
from kgalign.vote.fact_comparison import corresponding
from kgalign.vote.fact_names import GraphNames, languages
from kgalign.vote.fact_statements import Side
from kgalign.vote.facts import FACT_SCHEMA, MOST_OBJECTS, SOURCE_OPTION, Comparison, facts
from kgalign.vote.question import Question

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
TOWNS = ("Albion", "Bourne", "Corwen", "Dunmow", "Ellon", "Frome")


def country(graph: str, noun: str = "mayor") -> str:
    """Towns of one country, each with a mayor of its own and a size; two have the same patron."""
    lines = [
        f'<http://{graph}/land> {LABEL} "Arcadia"@en .',
        f'<http://{graph}/saint> {LABEL} "Brigid"@en .',
        f"<http://{graph}/town0> <http://{graph}/patron> <http://{graph}/saint> .",
        f"<http://{graph}/town1> <http://{graph}/patron> <http://{graph}/saint> .",
    ]
    for number, town in enumerate(TOWNS):
        lines += [
            f'<http://{graph}/town{number}> {LABEL} "{town}"@en .',
            f'<http://{graph}/head{number}> {LABEL} "Mayor {number}"@en .',
            f"<http://{graph}/town{number}> <http://{graph}/country> <http://{graph}/land> .",
            f"<http://{graph}/town{number}> <http://{graph}/{noun}> <http://{graph}/head{number}> .",
            f'<http://{graph}/town{number}> <http://{graph}/size> "{number}000" .',
        ]
    return "\n".join(lines) + "\n"


def compare(
    first: KnowledgeGraph,
    second: KnowledgeGraph,
    relations: pl.DataFrame | None = None,
    matches: pl.DataFrame | None = None,
) -> Comparison:
    names = (GraphNames(first, None, languages(second)), GraphNames(second, None, languages(first)))
    sides = Side(first, names[0]), Side(second, names[1])
    return Comparison(*sides, corresponding(*names, relations), matches)


def ids(graph: KnowledgeGraph) -> dict[str, int]:
    """Entity ids by the last part of their IRIs."""
    return {iri.rsplit("/", 1)[1]: number for number, iri in graph.entities.select("id", "iri").iter_rows()}


def told(
    table: pl.DataFrame, names: list[str], option: int, question: int = 0
) -> list[tuple[str, list[str], int]]:
    """The facts of one entity: what the property is called, its objects, and how many more."""
    rows = table.filter(pl.col("question") == question, pl.col("option") == option)
    return [
        (names[number], objects, more)
        for number, objects, more in rows.select("property", "objects", "more").iter_rows()
    ]


@pytest.fixture
def graphs(make_graph) -> tuple[KnowledgeGraph, KnowledgeGraph]:
    return make_graph("one", country("one")), make_graph("two", country("two"))


def question(graphs: tuple[KnowledgeGraph, KnowledgeGraph], source: str, *targets: str) -> Question:
    return Question(ids(graphs[0])[source], tuple(ids(graphs[1])[target] for target in targets), ())


def test_what_few_share_comes_first_and_what_all_candidates_share_last(graphs) -> None:
    comparison = compare(*graphs)
    table = facts([question(graphs, "town0", "town0", "town1")], comparison, 6)
    assert told(table, comparison.second.names.relations, 0) == [
        ("size", ["0000"], 0),
        ("mayor", ["Mayor 0"], 0),
        ("patron", ["Brigid"], 0),
        ("country", ["Arcadia"], 0),
    ]
    scores = table.filter(option=0)["score"].to_list()
    assert scores == sorted(scores, reverse=True)
    assert scores[3] < scores[1] / 2


def test_a_fact_that_only_one_candidate_has_tells_more_than_a_shared_one(graphs) -> None:
    comparison = compare(*graphs)
    shared, single = (
        facts([question(graphs, "town2", *targets)], comparison, 6).filter(option=0)
        for targets in (("town0", "town1"), ("town0", "town4"))
    )
    patron = comparison.second.names.relations.index("patron")
    assert shared.filter(property=patron)["score"][0] * 2 == pytest.approx(
        single.filter(property=patron)["score"][0]
    )


def test_relations_are_told_from_both_ends_with_at_most_three_names(graphs) -> None:
    comparison = compare(*graphs)
    table = facts([question(graphs, "town2", "land", "saint")], comparison, 6)
    names = comparison.second.names.relations
    ((name, objects, more),) = told(table, names, 0)
    assert name == "is “country” of"
    assert (len(objects), more) == (3, 3)
    assert set(objects) <= set(TOWNS)
    assert told(table, names, 1) == [("is “patron” of", ["Albion", "Bourne"], 0)]


def test_a_property_that_the_other_side_has_is_preferred(make_graph) -> None:
    graphs = make_graph("one", country("one", "reeve")), make_graph("two", country("two", "mayor"))
    asked = [question(graphs, "town2", "town2", "town3")]
    alone, paired = (
        compare(*graphs),
        compare(
            *graphs,
            pl.DataFrame(
                {
                    "relation": ["http://one/reeve", "^http://one/reeve", "http://elsewhere/x"],
                    "counterpart": ["http://two/mayor", "^http://two/mayor", "http://two/mayor"],
                    "forward": [0.8, 0.8, 1.0],
                    "backward": [0.6, 0.6, 1.0],
                }
            ),
        ),
    )
    reeve = alone.first.names.relations.index("reeve")
    scores = [
        facts(asked, comparison, 6).filter(pl.col("option") == SOURCE_OPTION, pl.col("property") == reeve)[
            "score"
        ][0]
        for comparison in (alone, paired)
    ]
    assert scores[1] == pytest.approx(scores[0] * (0.5 + 0.5 * 0.8) / 0.5)


def test_an_object_that_both_sides_state_is_preferred(make_graph) -> None:
    def family(graph: str, name: str) -> str:
        children = [f'<http://{graph}/{n}> {LABEL} "{name} {n}" .\n' for n in range(8)]
        stated = [f"<http://{graph}/king> <http://{graph}/child> <http://{graph}/{n}> .\n" for n in range(8)]
        return f'<http://{graph}/king> {LABEL} "King {name}" .\n' + "".join(children + stated)

    graphs = make_graph("one", family("one", "Leif")), make_graph("two", family("two", "Olav"))
    asked = [question(graphs, "king", "king")]
    matches = pl.DataFrame({"source": [ids(graphs[0])["6"]], "target": [ids(graphs[1])["2"]]})
    comparison = compare(*graphs, matches=matches)
    table = facts(asked, comparison, 6)
    assert told(table, comparison.first.names.relations, SOURCE_OPTION)[0][1][0] == "Leif 6"
    assert told(table, comparison.second.names.relations, 0)[0][1][0] == "Olav 2"


def test_names_that_are_spelled_alike_and_equal_values_are_echoes(make_graph) -> None:
    def place(graph: str, area: str) -> str:
        return (
            f'<http://{graph}/a> {LABEL} "Alpha" .\n<http://{graph}/b> {LABEL} "Beta" .\n'
            f'<http://{graph}/c> {LABEL} "ＧＡＭＭＡ" .\n'
            f"<http://{graph}/a> <http://{graph}/{graph}-near> <http://{graph}/b> .\n"
            f"<http://{graph}/a> <http://{graph}/{graph}-far> <http://{graph}/c> .\n"
            f'<http://{graph}/a> <http://{graph}/{graph}-area> "{area}" .\n'
            f'<http://{graph}/a> <http://{graph}/{graph}-code> "{graph} code" .\n'
        )

    graphs = (
        make_graph("one", place("one", "12.5 km")),
        make_graph("two", place("two", "12.5 KM").replace("Beta", "Delta").replace("ＧＡＭＭＡ", "gamma")),
    )
    comparison = compare(*graphs)
    names = comparison.first.names.relations
    lines = told(facts([question(graphs, "a", "a")], comparison, 6), names, SOURCE_OPTION)
    assert [name for name, _, _ in lines] == ["one-area", "one-far", "one-code", "one-near"]


def test_what_is_stated_twice_is_told_once(make_graph) -> None:
    twice = (
        f'<http://one/a> {LABEL} "Alpha" .\n<http://one/b> {LABEL} "Beta" .\n'
        "<http://one/a> <http://one/spouse> <http://one/b> .\n"
        "<http://one/b> <http://one/spouse> <http://one/a> .\n"
        '<http://one/a> <http://one/height> "181.5 cm" .\n<http://one/a> <http://one/size> "181.5 cm" .\n'
        '<http://one/a> <http://one/sons> "2" .\n<http://one/a> <http://one/daughters> "2" .\n'
    )
    graphs = make_graph("one", twice), make_graph("two", country("two"))
    comparison = compare(*graphs)
    lines = told(facts([question(graphs, "a", "town0")], comparison, 6), comparison.first.names.relations, -1)
    assert sorted(text for _, objects, _ in lines for text in objects) == ["181.5 cm", "2", "2", "Beta"]


def test_names_of_relations(make_graph) -> None:
    ends = "<http://one/a> <http://one/{}> <http://one/b> .\n"
    graph = make_graph(
        "one",
        "".join(ends.format(name) for name in ("birthPlace", "P19", "4711", "XMLFile", "ort", "known_for"))
        + f'<http://one/ort> {LABEL} "Ort"@de .\n<http://one/ort> {LABEL} "place"@en .\n',
    )
    names = GraphNames(graph, None, ()).relations
    assert sorted(names[: len(names) // 2]) == sorted(
        ["birth place", "related to", "related to", "xml file", "place", "known for"]
    )
    assert set(names[len(names) // 2 :]) == {
        "is “birth place” of",
        "related to",
        "is “xml file” of",
        "is “place” of",
        "is “known for” of",
    }


def test_names_of_entities_come_in_languages_that_help(make_graph) -> None:
    labels = ["Köln@de", "Cologne@fr", "Keulen@nl", "Colonia@es", "Cologne@en", "köln@sv"]
    graph = make_graph(
        "one",
        "".join(f'<http://one/a> {LABEL} "{text}"@{tag} .\n' for text, tag in (x.split("@") for x in labels))
        + f'<http://one/b> {LABEL} "Bonn"@de .\n<http://one/a> <http://one/by> <http://one/b> .\n',
    )
    extra = pl.DataFrame(
        {"entity": [ids(graph)["b"]], "text": ["Bonn am Rhein"], "language": ["en"]},
        schema_overrides={"entity": pl.UInt32},
    )
    names = GraphNames(graph, extra, ("es", "nl"))
    lists = {entity: texts for entity, texts in names.lists.iter_rows()}
    assert lists == {
        ids(graph)["a"]: ["Köln", "Cologne", "Colonia"],
        ids(graph)["b"]: ["Bonn", "Bonn am Rhein"],
    }
    assert dict(names.labels.iter_rows()) == {
        ids(graph)["a"]: "Köln / Cologne",
        ids(graph)["b"]: "Bonn / Bonn am Rhein",
    }


def test_without_questions_or_statements_the_columns_are_there(make_graph, graphs) -> None:
    lonely = make_graph("lonely", f'<http://one/a> {LABEL} "Alpha" .\n')
    assert facts([], compare(*graphs), 6).schema == FACT_SCHEMA
    table = facts([Question(0, (0, 1), ())], compare(lonely, graphs[1]), 6)
    assert table.filter(pl.col("option") == SOURCE_OPTION).height == 0
    assert table.schema == FACT_SCHEMA


def test_facts_of_the_sample_graphs_are_stated_in_them(graph_data: Path) -> None:
    graphs = load(graph_data / "world_ja_ru_ar.nt.gz"), load(graph_data / "world_en_fr_hi.ttl")
    chosen = random.Random(0)
    asked = [
        Question(
            chosen.randrange(graphs[0].entity_count),
            tuple(chosen.sample(range(graphs[1].entity_count), 5)),
            (),
        )
        for _ in range(300)
    ]
    comparison = compare(*graphs)
    table = facts(asked, comparison, 4)
    labels = [dict(side.names.labels.iter_rows()) for side in (comparison.first, comparison.second)]
    stated: list[set[tuple[int, int, bool, str]]] = []
    counts: list[Counter[tuple[int, int, bool]]] = []
    for graph, label in zip(graphs, labels, strict=True):
        triples = list(graph.triples.iter_rows())
        values = graph.attributes.select("entity", "attribute", "value").iter_rows()
        inverse = graph.relation_count
        every = [
            *((head, relation, False, label.get(tail)) for head, relation, tail in triples),
            *((tail, relation + inverse, False, label.get(head)) for head, relation, tail in triples),
            *((entity, attribute, True, value) for entity, attribute, value in values),
        ]
        stated.append(set(every))
        counts.append(Counter(key[:3] for key in every))
    assert table.height > 2000
    for number, option, predicate, literal, objects, more, score in table.iter_rows():
        side = option != SOURCE_OPTION
        entity = asked[number].targets[option] if side else asked[number].source
        assert 1 <= len(objects) <= MOST_OBJECTS
        assert {(entity, predicate, literal, text) for text in objects} <= stated[side]
        assert len(objects) + more <= counts[side][entity, predicate, literal]
        assert score >= 0
    assert table.group_by("question", "option", "literal").len()["len"].max() == 4


def test_the_same_questions_give_the_same_facts_and_others_do_not_matter(graph_data: Path) -> None:
    graphs = load(graph_data / "world_ja_ru_ar.nt.gz"), load(graph_data / "world_en_fr_hi.ttl")
    asked = [Question(n, (n, n + 1, (7 * n) % 1900), ()) for n in range(3, 1800, 90)]
    table = facts(asked, compare(*graphs), 6)
    assert table.equals(facts(asked, compare(*graphs), 6))
    alone = facts(asked[5:6], compare(*graphs), 6)
    of_it = table.filter(question=5)
    assert alone.drop("question").equals(of_it.drop("question"))
