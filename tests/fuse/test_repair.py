from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kgalign.fuse.repair import WeightedLinks, bridges, cut, repaired


def links(rows: list[tuple[int, int, float]], group: list[int]) -> WeightedLinks:
    first, second, strength = zip(*rows, strict=True) if rows else ((), (), ())
    return WeightedLinks(
        np.array(first, np.int64),
        np.array(second, np.int64),
        np.array(strength, np.float64),
        np.array(group, np.int64),
    )


def test_what_is_sound_stays_together_whatever_its_strength() -> None:
    found = repaired(links([(0, 2, 0.01), (1, 3, 5.0), (2, 4, 0.01)], [0, 0, 1, 1, 2]))
    assert found.tolist() == [0, 1, 0, 1, 0]


def test_the_weakest_link_of_a_contradiction_is_cut() -> None:
    rows = [(0, 2, 3.0), (1, 3, 2.0), (0, 3, 1.0)]
    table = links(rows, [0, 0, 1, 1])
    label = repaired(table)
    assert label.tolist() == [0, 1, 0, 1]
    assert cut(table, label).tolist() == [False, False, True]


def test_one_strong_wrong_link_does_not_spoil_two_right_ones() -> None:
    # Taken alone the wrong link (0, 3) is the strongest, but keeping it would cost the other two.
    assert repaired(links([(0, 2, 2.0), (1, 3, 2.0), (0, 3, 3.0)], [0, 0, 1, 1])).tolist() == [0, 1, 0, 1]


def test_a_wrong_link_between_two_sound_clusters_of_several_graphs_is_cut() -> None:
    cliques = [(0, 2), (0, 4), (2, 4), (1, 3), (1, 5), (3, 5)]
    rows = [(one, other, 2.0) for one, other in cliques] + [(0, 3, 3.5)]
    assert repaired(links(rows, [0, 0, 1, 1, 2, 2])).tolist() == [0, 1, 0, 1, 0, 1]


def test_what_a_person_keeps_apart_is_not_joined_by_a_detour() -> None:
    table = links([(0, 1, 2.0), (1, 2, 1.0)], [0, 1, 2])
    assert repaired(table).tolist() == [0, 0, 0]
    assert repaired(table, [(0, 2)]).tolist() == [0, 0, 2]


def test_only_what_holds_a_cluster_of_three_alone_is_a_bridge() -> None:
    table = links([(0, 1, 1.0), (2, 3, 1.0), (3, 4, 1.0), (5, 6, 1.0), (6, 7, 1.0), (5, 7, 1.0)], [*range(8)])
    assert bridges(table, repaired(table)).tolist() == [False, True, True, False, False, False]


@st.composite
def _any_links(draw: st.DrawFn) -> WeightedLinks:
    group = draw(st.lists(st.integers(0, 3), min_size=2, max_size=9))
    pairs = [(a, b) for a, b in itertools.combinations(range(len(group)), 2) if group[a] != group[b]]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14)) if pairs else []
    return links([(a, b, draw(st.sampled_from([0.5, 1.0, 2.0, 7.0]))) for a, b in chosen], group)


@given(table=_any_links(), data=st.data())
def test_clusters_are_connected_and_sound_and_cut_nothing_needlessly(
    table: WeightedLinks, data: st.DataObject
) -> None:
    things = range(len(table.group))
    two = st.tuples(st.sampled_from(things), st.sampled_from(things)).filter(lambda pair: pair[0] != pair[1])
    apart = data.draw(st.lists(two, max_size=2))
    label = repaired(table, apart)
    assert (repaired(table, apart) == label).all()
    kept = nx.Graph()
    kept.add_nodes_from(things)
    gone = cut(table, label)
    kept.add_edges_from(zip(table.first[~gone].tolist(), table.second[~gone].tolist(), strict=True))
    clusters = {frozenset(np.flatnonzero(label == own).tolist()) for own in set(label.tolist())}
    assert clusters == {frozenset(part) for part in nx.connected_components(kept)}
    for cluster in clusters:
        assert len({table.group[thing] for thing in cluster}) == len(cluster)
        assert min(cluster) == label[min(cluster)]
    assert all(label[one] != label[other] for one, other in apart)
    for one, other in zip(table.first[gone].tolist(), table.second[gone].tolist(), strict=True):
        together = np.flatnonzero((label == label[one]) | (label == label[other])).tolist()
        twice = len({table.group[thing] for thing in together}) < len(together)
        assert twice or any({a, b} <= set(together) for a, b in apart)
