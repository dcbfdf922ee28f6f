from __future__ import annotations

from math import log, sqrt

import numpy as np
import polars as pl
import pytest

from kgalign.align.candidates import Pairs
from kgalign.align.structure import evidence as evidence_module
from kgalign.align.structure.evidence import MatchedNeighbours
from kgalign.align.structure.matches import by_fan_out, has_several
from kgalign.align.structure.neighbourhood import EDGE_SCHEMA, Neighbourhood
from kgalign.align.structure.relations import correspondences
from kgalign.align.values import MATCH_SCHEMA


def random_graph(seed: int, entities: int = 30, relations: int = 3, edges: int = 90) -> Neighbourhood:
    rng = np.random.default_rng(seed)
    frame = (
        pl.DataFrame(
            {
                "entity": rng.integers(0, entities, edges),
                "relation": rng.integers(0, relations, edges),
                "neighbour": rng.integers(0, entities + 4, edges),
            }
        )
        .unique(maintain_order=True)
        .with_columns(sharing=pl.len().over("relation", "neighbour"))
        .cast(dict(EDGE_SCHEMA))
    )
    return Neighbourhood(frame, entities, relations)


def value_matches(rows: list[tuple[int, int, float, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=MATCH_SCHEMA, orient="row")


def same_values(count: int, entities: int = 30) -> pl.DataFrame:
    """The first *count* values of two graphs of as many entities are the same."""
    return value_matches([(entities + number, entities + number, 1.0, 1) for number in range(count)])


def by_hand(
    first: Neighbourhood,
    second: Neighbourhood,
    matches: dict[int, tuple[int, float]],
    x: int,
    y: int,
    values: bool,
) -> tuple[float, float]:
    """The definition, triple by triple."""
    population = max(first.entities, second.entities)
    kind = lambda row: (row[2] >= first.entities) == values  # noqa: E731
    own = [row for row in first.edges.iter_rows() if row[0] == x and kind(row)]
    other = [row for row in second.edges.iter_rows() if row[0] == y]
    information: dict[int, float] = {}
    doubt: dict[int, float] = {}
    for _, _, neighbour, sharing in own:
        if neighbour not in matches:
            continue
        target, weight = matches[neighbour]
        for _, _, counterpart, counterpart_sharing in other:
            if counterpart == target:
                most = max(sharing, counterpart_sharing)
                strength = 0.5 * weight
                information[neighbour] = max(information.get(neighbour, 0), strength * log(population / most))
                doubt[neighbour] = max(doubt.get(neighbour, 0), -log(1 - 0.95 * strength / most))
    capacity = first.capacity(values, population)[x] + 5, second.capacity(values, population)[y] + 5
    return sum(information.values()) / sqrt(capacity[0] * capacity[1]), 1 - np.exp(-sum(doubt.values()))


@pytest.mark.parametrize("values", [False, True])
@pytest.mark.parametrize("block", [7, 10**6])
def test_evidence_equals_its_definition(values: bool, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_module, "_SCORING_BLOCK", block)
    first, second = random_graph(1), random_graph(2)
    neighbours = MatchedNeighbours(first, second, same_values(4))
    rng = np.random.default_rng(0)
    source, target = np.arange(20), rng.permutation(30)[:20]
    weight = rng.uniform(0.5, 1, 20)
    matches = neighbours.matches(source, target, weight)
    known = {int(s): (int(t), float(w)) for s, t, w in zip(source, target, weight, strict=True)}
    known |= {30 + number: (30 + number, 1.0) for number in range(4)}
    pairs = Pairs(*np.divmod(np.arange(900), 30), 30, 30)
    found = neighbours.score(pairs, matches, None, values=values)
    for row in range(0, 900, 7):
        expected = by_hand(first, second, known, int(pairs.source[row]), int(pairs.target[row]), values)
        assert (found.likeness[row], found.certainty[row]) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("values", [False, True])
@pytest.mark.parametrize("block", [7, 10**6])
def test_what_is_shared_adds_up_to_the_likeness(
    values: bool, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence_module, "_SCORING_BLOCK", block)
    first, second = random_graph(1), random_graph(2)
    neighbours = MatchedNeighbours(first, second, same_values(4))
    matches = neighbours.matches(np.arange(20), np.arange(20)[::-1], np.full(20, 0.7))
    pairs = Pairs(*np.divmod(np.arange(900), 30), 30, 30)
    shared = neighbours.shared(pairs, matches, None, values=values)
    assert shared.height > 20
    edges = [set(graph.edges.select("entity", "relation", "neighbour").rows()) for graph in (first, second)]
    for row in shared.iter_rows(named=True):
        source, target = divmod(row["row"], 30)
        assert (source, row["relation"], row["neighbour"]) in edges[0]
        assert (target, row["counterpart"], row["counterpart_neighbour"]) in edges[1]
    information = np.bincount(shared["row"], shared["information"], len(pairs))
    capacity = [graph.capacity(values, 30) + 5 for graph in (first, second)]
    expected = information / np.sqrt(capacity[0][pairs.source] * capacity[1][pairs.target])
    assert expected == pytest.approx(neighbours.score(pairs, matches, None, values=values).likeness, abs=1e-5)
    assert shared["row"].is_sorted()
    assert neighbours.shared(pairs, matches.clear(), None, values=values).height == 0


@pytest.mark.parametrize("block", [5, 10**6])
def test_proposals_share_neighbours_and_do_not_depend_on_blocks(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = random_graph(3), random_graph(4)
    neighbours = MatchedNeighbours(first, second, same_values(4))
    matches = neighbours.matches(np.arange(30), np.arange(30), np.ones(30))
    whole = neighbours.propose(matches, 3, 50)
    monkeypatch.setattr(evidence_module, "_PROPOSING_BLOCK", block)
    source, target = neighbours.propose(matches, 3, 50)
    assert (source.tolist(), target.tolist()) == (whole[0].tolist(), whole[1].tolist())
    assert len(source)
    around = [graph.edges.group_by("entity").agg("neighbour") for graph in (first, second)]
    sets = [{row[0]: set(row[1]) for row in frame.iter_rows()} for frame in around]
    assert all(sets[0][s] & sets[1][t] for s, t in zip(source.tolist(), target.tolist(), strict=True))


def test_hubs_propose_nothing() -> None:
    first, second = random_graph(3), random_graph(4)
    neighbours = MatchedNeighbours(first, second, same_values(4))
    matches = neighbours.matches(np.arange(30), np.arange(30), np.ones(30))
    few = neighbours.propose(matches, 30, 1)
    many = neighbours.propose(matches, 30, 50)
    assert len(few[0]) < len(many[0])


def graph_of(rows: list[tuple[int, int, int]], entities: int) -> Neighbourhood:
    frame = pl.DataFrame(rows, schema=["entity", "relation", "neighbour"], orient="row").with_columns(
        sharing=pl.len().over("relation", "neighbour")
    )
    return Neighbourhood(frame.cast(dict(EDGE_SCHEMA)), entities, 2)


def test_a_relation_contained_in_another() -> None:
    # Relation 0 of the first graph is always relation 1 of the second, which also has other edges.
    first = graph_of([(0, 0, 1), (2, 0, 3), (4, 0, 5)], 6)
    second = graph_of([(0, 1, 1), (2, 1, 3), (4, 1, 5), (0, 1, 3), (2, 1, 1), (4, 1, 1)], 6)
    matches = pl.DataFrame(
        {"source": range(6), "target": range(6), "weight": [1.0] * 6},
        schema={"source": pl.UInt32, "target": pl.UInt32, "weight": pl.Float64},
    )
    found = correspondences(first, second, matches).row(0, named=True)
    assert (found["relation"], found["counterpart"]) == (0, 1)
    assert found["forward"] == pytest.approx(3 / 5)
    assert found["backward"] == pytest.approx(3 / 8)


ALL_PAIRS = Pairs(*np.divmod(np.arange(16), 4), 4, 4)
# Entities 0 to 3; each states one value by relation 0, entity 0 two: values 4 to 8.
FIRST = graph_of([(0, 0, 4), (0, 0, 5), (1, 0, 6), (2, 0, 7), (3, 0, 8)], 4)
SECOND = graph_of([(0, 0, 4), (1, 0, 5), (1, 0, 6), (2, 0, 7), (3, 0, 8)], 4)
NO_ENTITIES = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def information_of(
    rows: list[tuple[int, int, float, int]],
) -> tuple[MatchedNeighbours, np.ndarray, np.ndarray]:
    """Likeness × capacity (twice the information, as relations half correspond), and certainty."""
    neighbours = MatchedNeighbours(FIRST, SECOND, value_matches(rows))
    found = neighbours.score(ALL_PAIRS, neighbours.matches(*NO_ENTITIES), None, values=True)
    known = value_matches(rows)
    capacity = [
        graph.capacity(True, 4, known.select(pl.col(end).alias("neighbour"), "weight", "crowd")) + 5
        for graph, end in ((FIRST, "source"), (SECOND, "target"))
    ]
    scale = np.sqrt(capacity[0][ALL_PAIRS.source] * capacity[1][ALL_PAIRS.target])
    return neighbours, (2 * found.likeness * scale).reshape(4, 4), found.certainty.reshape(4, 4)


def test_near_values_count_by_weight_and_crowd() -> None:
    _, information, certainty = information_of([(6, 7, 1.0, 1), (7, 8, 0.5, 1), (8, 4, 1.0, 2)])
    assert information[1, 2] == pytest.approx(log(4), abs=1e-5)
    assert information[2, 3] == pytest.approx(0.5 * log(4), abs=1e-5)
    assert information[3, 0] == pytest.approx(log(4 / 2), abs=1e-5)
    assert certainty[3, 0] == pytest.approx(0.95 * 0.5 / 2, abs=1e-5)
    assert np.count_nonzero(information) == 3


@pytest.mark.parametrize(
    "rows",
    [
        # Two values of the source near one of the target; one of the source near two of the target.
        [(4, 4, 0.9, 1), (5, 4, 0.6, 1)],
        [(6, 5, 0.6, 1), (6, 6, 0.9, 1)],
    ],
)
def test_a_value_with_several_matches_counts_once(rows: list[tuple[int, int, float, int]]) -> None:
    neighbours, information, _ = information_of(rows)
    source, target = (0, 0) if rows[0][0] == 4 else (1, 1)
    assert information[source, target] == pytest.approx(0.9 * log(4), abs=1e-5)
    shared = neighbours.shared(ALL_PAIRS, neighbours.matches(*NO_ENTITIES), None, values=True)
    assert shared["information"].to_list() == pytest.approx([0.45 * log(4)])
    assert shared["row"].to_list() == [4 * source + target]


def test_a_vague_value_meets_every_precise_one() -> None:
    # The value 6 of the first graph is a year, all those of the second its days.
    _, information, _ = information_of([(6, day, 0.6, 2) for day in range(4, 9)])
    assert information[1] == pytest.approx([0.6 * log(4 / 2)] * 4, abs=1e-5)
    assert np.count_nonzero(np.delete(information, 1, axis=0)) == 0


def test_matches_are_followed_from_the_end_that_has_fewer() -> None:
    year = value_matches([(6, day, 0.6, 2) for day in range(4, 9)])
    single = value_matches([(4, 9, 1.0, 1)])
    forward, backward = by_fan_out(pl.concat([year, single]), "source", "target")
    assert (forward.rows(), backward.rows()) == (single.rows(), year.rows())
    assert has_several(year) and not has_several(single)


def test_what_a_value_can_tell_at_most_is_what_its_matches_tell() -> None:
    known = pl.DataFrame({"neighbour": [6, 6, 7], "weight": [0.5, 0.9, 1.0], "crowd": [1, 2, 9]}).cast(
        {"neighbour": pl.UInt32, "crowd": pl.UInt32}
    )
    capacity = FIRST.capacity(True, 4, known)
    assert capacity == pytest.approx([2 * log(4), max(0.5 * log(4), 0.9 * log(2)), 0, log(4)], abs=1e-5)


def test_crowds_propose_nothing() -> None:
    neighbours = MatchedNeighbours(FIRST, SECOND, value_matches([(6, 7, 0.9, 3), (7, 8, 0.9, 2)]))
    source, target = neighbours.propose(neighbours.matches(*NO_ENTITIES), 2, hub_limit=2)
    assert (source.tolist(), target.tolist()) == ([2], [3])


def test_proposals_rank_a_value_with_several_matches_once() -> None:
    # Entity 0 meets entity 1 twice over by one value, at weight 0.8, and entity 2 once, at 0.9;
    # entity 3 is a better match for entity 1.
    rows = [(4, 5, 0.8, 1), (4, 6, 0.8, 1), (4, 7, 0.9, 1), (8, 5, 1.0, 1)]
    neighbours = MatchedNeighbours(graph_of([(0, 0, 4), (3, 0, 8)], 4), SECOND, value_matches(rows))
    source, target = neighbours.propose(neighbours.matches(*NO_ENTITIES), 1, hub_limit=9)
    assert list(zip(source.tolist(), target.tolist(), strict=True)) == [(0, 2), (3, 1)]


def test_edges_with_several_matches_count_once_in_correspondences() -> None:
    entities = [(number, number, 1.0, 1) for number in range(4)]
    near = [(4, 4, 0.5, 1), (5, 4, 0.5, 1), (6, 5, 1.0, 1), (6, 6, 0.5, 1), (7, 7, 1.0, 1)]
    found = correspondences(FIRST, SECOND, value_matches(entities + near)).row(0, named=True)
    # By source: 4 and 5 at half, 6 and 7 in full; by target: 4 at half, 5 in full, 6 at half, 7 in full.
    assert found["forward"] == pytest.approx(3 / 5)
    assert found["backward"] == pytest.approx(3 / 5)
