from __future__ import annotations

from math import log, sqrt

import numpy as np
import polars as pl
import pytest

from kgalign.align.candidates import Pairs
from kgalign.align.structure import evidence as evidence_module
from kgalign.align.structure.evidence import MatchedNeighbours
from kgalign.align.structure.neighbourhood import EDGE_SCHEMA, Neighbourhood
from kgalign.align.structure.relations import correspondences


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
    neighbours = MatchedNeighbours(first, second, shared_values=4)
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


@pytest.mark.parametrize("block", [5, 10**6])
def test_proposals_share_neighbours_and_do_not_depend_on_blocks(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = random_graph(3), random_graph(4)
    neighbours = MatchedNeighbours(first, second, shared_values=4)
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
    neighbours = MatchedNeighbours(first, second, shared_values=4)
    matches = neighbours.matches(np.arange(30), np.arange(30), np.ones(30))
    few = neighbours.propose(matches, 30, 1)
    many = neighbours.propose(matches, 30, 50)
    assert len(few[0]) < len(many[0])


def graph_of(rows: list[tuple[int, int, int]], entities: int) -> Neighbourhood:
    frame = pl.DataFrame(rows, schema=["entity", "relation", "neighbour"], orient="row").with_columns(
        sharing=pl.lit(1)
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
