from __future__ import annotations

import random
from collections import defaultdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.align.joining import ABSENT, Evidence, join, summed

GRAPHS, ENTITIES = 4, 4
GRAPH = np.repeat(np.arange(GRAPHS), ENTITIES)
Link = tuple[int, int, float, bool]


def evidence(links: list[Link], graph: np.ndarray = GRAPH) -> Evidence:
    ordered = sorted((min(a, b), max(a, b), odds, accepted) for a, b, odds, accepted in links)
    first, second, odds, accepted = ([row[part] for row in ordered] for part in range(4))
    return Evidence(
        np.array(first, np.int64),
        np.array(second, np.int64),
        np.array(odds, np.float64),
        np.array(accepted, bool),
        graph,
    )


def clusters(label: np.ndarray) -> list[list[int]]:
    found = defaultdict(list)
    for entity, name in enumerate(label.tolist()):
        found[name].append(entity)
    return sorted(members for members in found.values() if len(members) > 1)


def one_to_one(links: list[Link]) -> list[Link]:
    """Links as the pairs' alignments give them: one for each entity in each other graph."""
    taken: set[tuple[int, int]] = set()
    kept = []
    for a, b, odds, accepted in links:
        if GRAPH[a] == GRAPH[b]:
            continue
        ends = {(a, int(GRAPH[b])), (b, int(GRAPH[a]))}
        accepts = accepted and odds >= 0 and not ends & taken
        taken |= ends if accepts else set()
        kept.append((a, b, odds, accepts))
    return kept


entities = st.integers(0, GRAPHS * ENTITIES - 1)
random_links = st.lists(
    st.tuples(entities, entities, st.floats(-3, 10), st.booleans()),
    unique_by=lambda link: frozenset(link[:2]),
    max_size=40,
).map(one_to_one)


@given(random_links, st.sampled_from([0.5, 0.8]))
def test_clusters_hold_one_entity_of_a_graph_and_hang_together(links: list[Link], threshold: float) -> None:
    label = join(evidence(links), threshold)
    accepted = [(a, b) for a, b, _, is_link in links if is_link]
    for members in clusters(label):
        assert len({int(GRAPH[member]) for member in members}) == len(members)
        assert label[members[0]] == members[0]
        reached = {members[0]}
        for _ in members:
            reached |= {b for a, b in accepted if a in reached} | {a for a, b in accepted if b in reached}
            reached &= set(members)
        assert reached == set(members)


@given(random_links)
def test_the_order_of_the_links_does_not_matter(links: list[Link]) -> None:
    known = evidence(links)
    order = np.array(random.Random(0).sample(range(len(links)), len(links)), np.int64)
    shuffled = Evidence(
        known.second[order], known.first[order], known.log_odds[order], known.accepted[order], GRAPH
    )
    # Sums of the same numbers in another order may differ in their last bit, which decides nothing here.
    rounded = [(a, b, round(odds * 8) / 8, accepted) for a, b, odds, accepted in links]
    assert clusters(join(evidence(rounded), 0.5)) == clusters(
        join(
            Evidence(
                shuffled.first,
                shuffled.second,
                np.round(shuffled.log_odds * 8) / 8,
                shuffled.accepted,
                GRAPH,
            ),
            0.5,
        )
    )


@given(random_links)
def test_nothing_that_agrees_is_cut(links: list[Link]) -> None:
    sound = [(a, b, odds, True) for a, b, odds, _ in links if odds >= 0 and a % ENTITIES == b % ENTITIES]
    together = defaultdict(set)
    for a, b, _, _ in sound:
        together[a % ENTITIES] |= {a, b}
    complete = [
        (a, b, 1.0, True) for members in together.values() for a, b in combinations(sorted(members), 2)
    ]
    label = join(evidence(complete), 0.5)
    assert all(label[a] == label[b] for a, b, _, _ in complete)


def test_the_weaker_of_two_links_that_clash_gives_way() -> None:
    # 0 (graph 0) to 4 (graph 1) to 8 (graph 2), which is also linked to 1 of graph 0.
    label = join(evidence([(0, 4, 3.0, True), (4, 8, 4.0, True), (1, 8, 2.0, True)]), 0.5)
    assert clusters(label) == [[0, 4, 8]]
    label = join(evidence([(0, 4, 2.0, True), (4, 8, 4.0, True), (1, 8, 3.0, True)]), 0.5)
    assert clusters(label) == [[1, 4, 8]]


def test_many_weak_links_outvote_a_strong_one() -> None:
    # 12 (graph 3) is a little like all of 0, 4 and 8, and more like 5 alone, which clashes with 4.
    triangle = [(0, 4, 6.0, True), (0, 8, 6.0, True), (4, 8, 6.0, True)]
    weak = [(0, 12, 1.0, True), (8, 12, 1.0, True)]
    assert clusters(join(evidence([*triangle, *weak, (4, 12, 0.9, False), (5, 12, 2.0, True)]), 0.5)) == [
        [0, 4, 8, 12]
    ]
    # Without the third voice, which then counts against it, the strong link wins.
    assert clusters(join(evidence([*triangle, *weak, (5, 12, 2.0, True)]), 0.5)) == [[0, 4, 8], [5, 12]]


def test_what_is_no_candidate_counts_against_a_merge() -> None:
    pair = [(0, 4, 5.0, True)]
    assert clusters(join(evidence([*pair, (4, 8, -ABSENT + 0.1, True)]), 0.5)) == [[0, 4, 8]]
    assert clusters(join(evidence([*pair, (4, 8, -ABSENT - 0.1, True)]), 0.5)) == [[0, 4]]


def test_a_merge_needs_the_threshold_and_links_above_it_agree() -> None:
    # log-odds of 0.95: 2.94
    links = [(0, 4, 5.0, True), (4, 8, 3.5, True)]
    assert clusters(join(evidence(links), 0.95)) == [[0, 4]]
    assert clusters(join(evidence([*links, (0, 8, 0.0, False)]), 0.95)) == [[0, 4, 8]]
    # Below one half even links that more speaks against than for are accepted.
    low = [(0, 4, -0.6, True), (4, 8, -0.6, True), (0, 8, -0.6, True), (1, 8, -0.5, False)]
    assert clusters(join(evidence(low), 0.3)) == [[0, 4, 8]]


def test_a_given_link_is_cut_only_for_another() -> None:
    given_link = (0, 4, 1e9, True)
    strong = [(0, 8, 13.0, True), (4, 9, 13.0, True), (5, 8, 13.0, True), (1, 9, 13.0, True)]
    label = join(evidence([given_link, *strong]), 0.5)
    assert label[0] == label[4]
    contrary = [given_link, (4, 8, 1e9, True), (1, 8, 1e6, True)]
    assert clusters(join(evidence(contrary), 0.5)) == [[0, 4, 8]]


def test_evidence_between_clusters_by_hand() -> None:
    known = evidence(
        [(0, 4, 5.0, True), (8, 12, 5.0, True), (4, 8, 0.5, True), (0, 12, -0.25, False), (1, 8, 0.1, False)]
    )
    label = join(known, 0.5)
    assert clusters(label) == [[0, 4], [8, 12]]
    total, mergeable = summed(known, label, np.array([4, 1, 0]), np.array([8, 8, 1]))
    assert total.tolist() == pytest.approx([0.5 - 0.25 + 2 * ABSENT, 0.1 + ABSENT, 2 * ABSENT])
    assert mergeable.tolist() == [True, True, False]


def test_nothing_is_known() -> None:
    assert join(evidence([]), 0.5).tolist() == list(range(GRAPHS * ENTITIES))
