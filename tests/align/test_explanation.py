"""Explanations, on graphs small enough to check every statement by eye."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from kgalign.align import Alignment, AlignOptions, Seeds, align
from kgalign.align.bootstrapping import Bootstrapped
from kgalign.align.candidates import Pairs
from kgalign.align.combination import Combination
from kgalign.align.explanation import (
    ANCHOR,
    BACKGROUND,
    EXPLANATION_SCHEMA,
    MOST_NEIGHBOURS,
    Wording,
    explained,
)
from kgalign.align.matching import background, localised
from kgalign.align.structure.evidence import MatchedNeighbours
from kgalign.align.structure.neighbourhood import EDGE_SCHEMA, Neighbourhood
from kgalign.align.values import MATCH_SCHEMA
from kgalign.kg import KnowledgeGraph

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
CHARACTERS = AlignOptions(encoder="characters")
CITIES = ("Reykjavík", "Ljubljana", "Nouakchott", "Antananarivo", "Bratislava", "Montevideo")
COUNTRIES = ("Iceland", "Slovenia", "Mauritania", "Madagascar", "Slovakia", "Uruguay")

TREES = ("alder", "birch", "cedar", "dogwood", "elm", "fir", "gorse", "hazel", "ivy", "juniper")


def atlas(graph: str, capital: str, area: Sequence[str], more: str = "") -> str:
    """Countries with their capitals and areas, and a union that all of them belong to."""
    lines = [f'<http://{graph}/union> {LABEL} "United Nations" .']
    for number, (country, city) in enumerate(zip(COUNTRIES, CITIES, strict=True)):
        state, town = f"<http://{graph}/state{number}>", f"<http://{graph}/town{number}>"
        lines += [
            f'{state} {LABEL} "{country}" .',
            f'{town} {LABEL} "{city}" .',
            f"{state} <http://{graph}/{capital}> {town} .",
            f"{state} <http://{graph}/memberOf> <http://{graph}/union> .",
            f'{state} <http://{graph}/area> "{area[number]}" .',
        ]
    return "\n".join(lines) + "\n" + more


@pytest.fixture
def graphs(make_graph) -> tuple[KnowledgeGraph, KnowledgeGraph]:
    return (
        make_graph(
            "one", atlas("one", "capital", ["103000.0", "20271", "1030700", "587041", "49035", "176215"])
        ),
        make_graph("two", atlas("two", "seat", ["103000", "20271", "1030700", "587041", "49035", "176215"])),
    )


@pytest.fixture
def alignment(graphs: tuple[KnowledgeGraph, KnowledgeGraph]) -> Alignment:
    return align(*graphs, CHARACTERS)


def link(alignment: Alignment, source: str) -> dict[str, object]:
    return alignment.links.table.row(by_predicate=pl.col("source") == source, named=True)


def statements(graph: KnowledgeGraph) -> set[tuple[str, str, str]]:
    """Triples by IRI, and each from its other end with ``^``."""
    iri, relation = graph.entities["iri"].to_list(), graph.relations["iri"].to_list()
    forward = {(iri[head], relation[number], iri[tail]) for head, number, tail in graph.triples.iter_rows()}
    return forward | {(tail, f"^{name}", head) for head, name, tail in forward}


def test_contributions_add_up_to_the_scores(alignment: Alignment) -> None:
    table = alignment.links.table
    assert table.height >= 12
    for row in table.iter_rows(named=True):
        terms = row["contributions"]
        assert sum(term["contribution"] for term in terms) == pytest.approx(row["score"], abs=1e-4)
        assert sum(term["rival_contribution"] for term in terms) == pytest.approx(
            row["rival_score"], abs=1e-4
        )
        for term in terms:
            assert term["contribution"] == pytest.approx(term["value"] * term["weight"], abs=1e-5)
        signals = {term["signal"]: term for term in terms if term["signal"] != BACKGROUND}
        assert {name: term["weight"] for name, term in signals.items()} == pytest.approx(alignment.weights)
        assert {name: term["value"] for name, term in signals.items()} == {
            name: row[name] for name in signals
        }


def test_neighbours_are_neighbours_in_both_graphs_and_linked(
    alignment: Alignment, graphs: tuple[KnowledgeGraph, KnowledgeGraph]
) -> None:
    stated = [statements(graph) for graph in graphs]
    linked = set(alignment.links.table.select("source", "target").rows())
    for row in alignment.links.table.iter_rows(named=True):
        assert row["neighbours"]
        for near in row["neighbours"]:
            assert (row["source"], near["relation"], near["neighbour"]) in stated[0]
            assert (row["target"], near["counterpart_relation"], near["counterpart"]) in stated[1]
            assert (near["neighbour"], near["counterpart"]) in linked
            assert near["neighbour_label"] == near["counterpart_label"]
            assert near["information"] > 0


def test_the_capital_tells_more_than_what_all_belong_to(alignment: Alignment) -> None:
    row = link(alignment, "http://one/state0")
    assert [near["neighbour"] for near in row["neighbours"]] == ["http://one/town0", "http://one/union"]
    assert link(alignment, "http://one/town0")["neighbours"][0]["relation"] == "^http://one/capital"


def test_only_the_strongest_neighbours_are_named_and_all_are_counted(make_graph) -> None:
    def hub(graph: str) -> str:
        lines = [f'<http://{graph}/hub> {LABEL} "Grand Terminus" .']
        for number, name in enumerate(TREES):
            lines += [
                f'<http://{graph}/{number}> {LABEL} "{name}" .',
                f"<http://{graph}/{number}> <http://{graph}/near> <http://{graph}/hub> .",
                f"<http://{graph}/{number}> <http://{graph}/beside> <http://{graph}/{number // 2}> .",
            ]
        return "\n".join(lines) + "\n"

    found = align(make_graph("one", hub("one")), make_graph("two", hub("two")), CHARACTERS)
    row = link(found, "http://one/hub")
    assert row["neighbours_shared"] == 10
    assert len(row["neighbours"]) == MOST_NEIGHBOURS
    information = [near["information"] for near in row["neighbours"]]
    assert information == sorted(information, reverse=True)


def test_values_are_told_as_each_graph_states_them(alignment: Alignment) -> None:
    row = link(alignment, "http://one/state0")
    assert row["attributes_shared"] == 1
    (value,) = row["attributes"]
    assert (value["attribute"], value["value"]) == ("http://one/area", "103000.0")
    assert (value["counterpart_attribute"], value["counterpart_value"]) == ("http://two/area", "103000")


def test_a_long_value_is_cut(make_graph) -> None:
    areas = ["long ago " * 50, "2", "3", "4", "5", "6"]
    found = align(
        make_graph("one", atlas("one", "capital", areas)),
        make_graph("two", atlas("two", "seat", areas)),
        CHARACTERS,
    )
    (value,) = link(found, "http://one/state0")["attributes"]
    assert value["value"].startswith("long ago long ago")
    assert value["value"].endswith("…")
    assert len(value["value"]) == 300


def test_names_in_every_language(make_graph) -> None:
    more = f'<http://one/state0> {LABEL} "Ísland"@is , "Ísland"@fo , "Islande"@fr .\n'.replace(
        " , ", f" .\n<http://one/state0> {LABEL} "
    )
    found = align(
        make_graph("one", atlas("one", "capital", list("123456"), more)),
        make_graph("two", atlas("two", "seat", list("123456"))),
        CHARACTERS,
    )
    row = link(found, "http://one/state0")
    languages = dict(zip(row["source_names"], row["source_languages"], strict=True))
    assert languages == {"Iceland": "", "Islande": "fr", "Ísland": "is fo"}
    assert (row["target_names"], row["target_languages"]) == (["Iceland"], [""])


def test_a_seed_link_says_that_an_anchor_decides(graphs: tuple[KnowledgeGraph, KnowledgeGraph]) -> None:
    ids = [
        dict(graph.entities.select("iri", "id").iter_rows())[f"http://{name}/{entity}"]
        for graph, name, entity in zip(graphs, ("one", "two"), ("state4", "state1"), strict=True)
    ]
    seeds = Seeds(np.array(ids[:1]), np.array(ids[1:]))
    row = link(align(*graphs, CHARACTERS, seeds=seeds), "http://one/state4")
    assert row["target"] == "http://two/state1"
    anchor = row["contributions"][-1]
    assert anchor["signal"] == ANCHOR
    assert anchor["contribution"] > 100
    assert anchor["rival_contribution"] < -100
    assert sum(term["contribution"] for term in row["contributions"]) == pytest.approx(row["score"], abs=1e-3)
    # What the evidence alone would have chosen is the rival.
    assert (row["rival"], row["rival_label"], row["rival_side"]) == (
        "http://two/state4",
        "Slovakia",
        "target",
    )


def test_without_links_the_columns_are_there(make_graph) -> None:
    first = make_graph("one", f'<http://one/a> {LABEL} "Zürich" .\n')
    second = make_graph("two", f'<http://two/b> {LABEL} "Qax" .\n')
    found = align(first, second, AlignOptions(encoder="characters", threshold=1.0, uncertain=1.0))
    assert found.links.table.height == 0
    assert EXPLANATION_SCHEMA.items() <= found.links.table.schema.items()


def test_the_same_input_gives_the_same_explanations(
    alignment: Alignment, graphs: tuple[KnowledgeGraph, KnowledgeGraph]
) -> None:
    assert align(*graphs, CHARACTERS).links.table.equals(alignment.links.table)


# Pairs made by hand: two signals, no edges. Sources 0 and 1 have two candidates each, source 2 one.
SOURCE, TARGET = np.array([0, 0, 1, 1, 2, 3]), np.array([0, 1, 0, 1, 1, 2])
SIGNALS = np.array([[0.9, 0.1], [0.4, 0.4], [0.3, 0.2], [0.8, 0.5], [0.2, 0.9], [0.5, 0.5]], np.float32)


def by_hand(signals: np.ndarray = SIGNALS) -> Bootstrapped:
    pairs = Pairs(SOURCE, TARGET, 4, 3)
    combination = Combination(("name", "shape"), np.array([10.0, 4.0]), 0)
    no_edges = [Neighbourhood(pl.DataFrame(schema=EDGE_SCHEMA), count, 1) for count in (4, 3)]
    neighbours = MatchedNeighbours(*no_edges, MATCH_SCHEMA.to_frame())
    nothing = np.empty(0, np.int64)
    correspondence = {
        "relation": pl.UInt32,
        "counterpart": pl.UInt32,
        "forward": pl.Float64,
        "backward": pl.Float64,
    }
    return Bootstrapped(
        pairs=pairs,
        signals=signals,
        combination=combination,
        scores=localised(pairs, combination.score(signals)),
        weights=np.full(6, 0.5),
        teaching=nothing,
        correspondence=pl.DataFrame(schema=correspondence),
        matches=neighbours.matches(nothing, nothing, np.empty(0)),
        matched_neighbours=neighbours,
        rounds=(),
    )


def wording(prefix: str, count: int) -> Wording:
    return Wording(
        iris=pl.Series([f"http://{prefix}/{number}" for number in range(count)]),
        labels=pl.Series([f"{prefix} {number}" for number in range(count)]),
        names=pl.DataFrame(
            schema={"entity": pl.UInt32, "text": pl.String, "language": pl.String, "preferred": pl.Boolean}
        ),
        relations=pl.Series(["r", "^r"]),
        values=pl.DataFrame(
            schema={name: pl.UInt32 for name in ("entity", "attribute", "number")} | {"text": pl.String}
        ),
    )


def explain_by_hand(found: Bootstrapped, rows: list[int]) -> pl.DataFrame:
    probability = np.arange(6) / 10
    return explained(found, np.array(rows), probability, wording("a", 4), wording("b", 3))


def test_the_background_is_what_localising_takes_off() -> None:
    found = by_hand()
    table = explain_by_hand(found, [0, 3])
    of_source, of_target = background(found.pairs, found.combination.score(found.signals))
    for row, terms in zip((0, 3), table["contributions"].to_list(), strict=True):
        (term,) = [term for term in terms if term["signal"] == BACKGROUND]
        expected = (of_source[SOURCE[row]] + of_target[TARGET[row]]) / 2
        assert expected > 1
        assert (term["value"], term["weight"]) == (pytest.approx(expected), -1)
        assert term["contribution"] == pytest.approx(-expected)


def test_the_rival_is_the_best_other_candidate() -> None:
    table = explain_by_hand(by_hand(), [0, 3])
    assert table["rival"].to_list() == ["http://b/1", "http://b/0"]
    assert table["rival_label"].to_list() == ["b 1", "b 0"]
    assert table["rival_side"].to_list() == ["target", "target"]
    assert table["rival_score"].to_list() == pytest.approx(by_hand().scores[[1, 2]])
    assert table["rival_probability"].to_list() == [0.1, 0.2]


def test_a_source_without_another_candidate_has_the_targets_rival() -> None:
    row = explain_by_hand(by_hand(), [4]).row(0, named=True)
    assert (row["rival"], row["rival_label"], row["rival_side"]) == ("http://a/1", "a 1", "source")


def test_a_pair_without_any_rival() -> None:
    row = explain_by_hand(by_hand(), [5]).row(0, named=True)
    assert [
        row[name] for name in ("rival", "rival_label", "rival_side", "rival_score", "rival_probability")
    ] == [None] * 5
    assert {term["rival_contribution"] for term in row["contributions"]} == {None}
    assert row["neighbours"] == row["attributes"] == []
    assert row["neighbours_shared"] == row["attributes_shared"] == 0


def test_a_link_is_no_rival_of_another_link() -> None:
    # Two sources share target 1 (many-to-one): each is preferred to candidates, not to the other.
    table = explain_by_hand(by_hand(), [3, 4])
    assert table["rival"].to_list() == ["http://b/0", "http://a/0"]
