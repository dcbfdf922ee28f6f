from __future__ import annotations

from collections import defaultdict
from itertools import combinations, product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from kgalign.align import Alignment, AlignOptions, Links
from kgalign.align.agreement import Agreement, agreed
from kgalign.align.joining import ABSENT
from kgalign.kg import IngestOptions, KnowledgeGraph, ingest

NAMES = ("a", "b", "c", "d")
PAIRS = list(combinations(range(len(NAMES)), 2))
Row = tuple[str, str, float, str]
LINK_SCHEMA = {
    "source": pl.String,
    "target": pl.String,
    "probability": pl.Float64,
    "status": pl.String,
    "method": pl.String,
    "source_label": pl.String,
    "target_label": pl.String,
    "label": pl.Float32,
}


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> list[KnowledgeGraph]:
    """Four graphs of three entities: http://a/0 to http://d/2."""
    folder = tmp_path_factory.mktemp("graphs")
    made = []
    for name in NAMES:
        dump = folder / f"{name}.nt"
        dump.write_text(
            "".join(f'<http://{name}/{n}> <http://xmlns.com/foaf/0.1/name> "{name}{n}" .\n' for n in range(3))
        )
        made.append(ingest([dump], Path(folder / name), IngestOptions()))
    return made


def alignment(links: list[Row], candidates: list[tuple[str, str, float]]) -> Alignment:
    """What one pair's alignment says: links with probability and method, and other candidates."""
    rows = [
        (f"http://{s[0]}/{s[1]}", f"http://{t[0]}/{t[1]}", p, "accepted" if p >= 0.5 else "uncertain", method)
        for s, t, p, method in links
    ]
    table = pl.DataFrame(
        [(*row, row[0][-1], row[1][-1], 0.5) for row in rows], schema=LINK_SCHEMA, orient="row"
    )
    others = [
        (f"http://{s[0]}/{s[1]}", f"http://{t[0]}/{t[1]}", p, s[1], t[1], 0.25) for s, t, p in candidates
    ]
    listed = pl.concat(
        [
            table.select("source", "target", "probability", "source_label", "target_label", "label"),
            pl.DataFrame(
                others,
                schema={name: LINK_SCHEMA[name] for name in ("source", "target", "probability")}
                | {name: LINK_SCHEMA[name] for name in ("source_label", "target_label", "label")},
                orient="row",
            ),
        ]
    )
    return Alignment(
        links=Links(table),
        ranking=pl.DataFrame(),
        candidates=listed,
        relations=pl.DataFrame(),
        weights={},
        rounds=(),
        seeds_used=0,
    )


def agree(
    graphs: list[KnowledgeGraph],
    links: list[Row],
    candidates: list[tuple[str, str, float]] | None = None,
    count: int = 3,
    **options: float,
) -> Agreement:
    """Agreement over the first *count* graphs."""
    pairs = [pair for pair in PAIRS if pair[1] < count]
    found = {
        (i, j): alignment(
            [row for row in links if (row[0][0], row[1][0]) == (NAMES[i], NAMES[j])],
            [row for row in candidates or [] if (row[0][0], row[1][0]) == (NAMES[i], NAMES[j])],
        )
        for i, j in pairs
    }
    return agreed(graphs[:count], NAMES[:count], found, AlignOptions(**options))


def rows(agreement: Agreement) -> dict[tuple[str, str], dict[str, object]]:
    return {
        (row["source"][7] + row["source"][-1], row["target"][7] + row["target"][-1]): row
        for row in agreement.links.to_dicts()
    }


def test_what_follows_from_two_links_is_joined(graphs: list[KnowledgeGraph]) -> None:
    found = agree(graphs, [("a0", "b0", 0.9, "aligned"), ("b0", "c0", 0.95, "aligned")])
    joined = rows(found)["a0", "c0"]
    assert (joined["method"], joined["status"], joined["via"]) == ("joined", "accepted", ["http://b/0"])
    assert (joined["source_graph"], joined["target_graph"]) == ("a", "c")
    assert (joined["source_label"], joined["target_label"]) == ("a0", "c0")
    assert joined["probability"] == pytest.approx(expit(logit(0.9 * 0.95) + ABSENT))
    assert joined["label"] is None
    assert (found.joined, found.given_up) == (1, 0)
    assert found.clusters.rows() == [(0, "a", "http://a/0"), (0, "b", "http://b/0"), (0, "c", "http://c/0")]
    assert found.links["probability"].is_sorted(descending=True)


def test_a_joined_pair_s_own_evidence_moves_its_probability(graphs: list[KnowledgeGraph]) -> None:
    links = [("a0", "b0", 0.9, "aligned"), ("b0", "c0", 0.95, "aligned"), ("a0", "c0", 0.4, "aligned")]
    joined = rows(agree(graphs, links))["a0", "c0"]
    assert (joined["method"], joined["status"], joined["label"]) == ("joined", "accepted", 0.5)
    assert joined["probability"] == pytest.approx(expit(logit(0.9 * 0.95) + logit(0.4)))
    candidate = rows(agree(graphs, links[:2], [("a0", "c0", 0.45)]))["a0", "c0"]
    assert (candidate["label"], candidate["probability"]) == (
        0.25,
        pytest.approx(expit(logit(0.9 * 0.95) + logit(0.45))),
    )


def test_the_best_of_several_paths_counts(graphs: list[KnowledgeGraph]) -> None:
    links = [
        ("a0", "b0", 0.9, "aligned"),
        ("a0", "c0", 0.99, "aligned"),
        ("b0", "d0", 0.9, "aligned"),
        ("c0", "d0", 0.9, "aligned"),
        ("b0", "c0", 0.9, "aligned"),
    ]
    joined = rows(agree(graphs, links, count=4))["a0", "d0"]
    assert joined["via"] == ["http://c/0"]
    assert joined["probability"] == pytest.approx(expit(logit(0.99 * 0.9) + ABSENT))
    chain = [links[0], ("b0", "c0", 0.99, "aligned"), ("c0", "d0", 0.99, "aligned")]
    far = rows(agree(graphs, chain, [("a0", "c0", 0.49), ("a0", "d0", 0.49)], count=4))["a0", "d0"]
    assert far["via"] == ["http://b/0", "http://c/0"]


def test_a_link_that_gives_way_becomes_uncertain_and_less_probable(graphs: list[KnowledgeGraph]) -> None:
    links = [("a0", "b0", 0.95, "aligned"), ("b0", "c0", 0.9, "aligned"), ("a1", "c0", 0.7, "aligned")]
    found = agree(graphs, links)
    lost = rows(found)["a1", "c0"]
    held = logit(0.9) + ABSENT
    assert (lost["status"], lost["method"]) == ("uncertain", "aligned")
    assert lost["probability"] == pytest.approx(expit(logit(0.7) - held))
    assert found.given_up == 1
    assert ("a1", "c0") not in rows(agree(graphs, links, uncertain=0.49))


def test_a_link_against_which_the_others_speak_gives_way(graphs: list[KnowledgeGraph]) -> None:
    links = [("a0", "b0", 0.99, "aligned"), ("b0", "c0", 0.6, "aligned")]
    found = agree(graphs, links)
    lost = rows(found)["b0", "c0"]
    assert lost["status"] == "uncertain"
    assert lost["probability"] == pytest.approx(expit(logit(0.6) + ABSENT))
    assert ("a0", "c0") not in rows(found)


def test_seeds_and_shared_iris_stand(graphs: list[KnowledgeGraph]) -> None:
    links = [
        ("a0", "b0", 1.0, "seed"),
        ("b0", "c0", 1.0, "same-iri"),
        ("a0", "c1", 0.999999, "aligned"),
        ("b1", "c1", 0.999999, "aligned"),
        ("a1", "c0", 0.999999, "aligned"),
        ("a1", "b1", 0.999999, "aligned"),
    ]
    found = rows(agree(graphs, links))
    assert [found[pair]["status"] for pair in (("a0", "b0"), ("b0", "c0"), ("a0", "c0"))] == ["accepted"] * 3
    assert found["a0", "c0"]["probability"] == 1.0
    assert found["a0", "b0"]["method"] == "seed"
    assert found.get(("a0", "c1"), {"status": "uncertain"})["status"] == "uncertain"


def test_uncertain_links_elsewhere_stay_as_they_are(graphs: list[KnowledgeGraph]) -> None:
    found = rows(agree(graphs, [("a0", "b0", 0.9, "aligned"), ("a1", "b1", 0.3, "aligned")]))
    assert (found["a1", "b1"]["status"], found["a1", "b1"]["probability"]) == ("uncertain", 0.3)


def test_no_links_at_all(graphs: list[KnowledgeGraph]) -> None:
    found = agree(graphs, [])
    assert (found.links.height, found.clusters.height, found.joined, found.given_up) == (0, 0, 0, 0)
    assert found.links.columns[:2] == ["source_graph", "target_graph"]


@st.composite
def pairwise_links(draw: st.DrawFn) -> list[Row]:
    """One-to-one links of random probability between each two of four graphs."""
    links: list[Row] = []
    for i, j in PAIRS:
        partners = draw(st.permutations(range(3)))
        for source, target in enumerate(partners):
            if draw(st.booleans()):
                method = draw(st.sampled_from(["aligned"] * 6 + ["seed"]))
                probability = 1.0 if method == "seed" else draw(st.floats(0.1, 1.0))
                links.append((f"{NAMES[i]}{source}", f"{NAMES[j]}{target}", probability, method))
    return links


@given(pairwise_links())
def test_links_agree_whatever_the_pairs_say(graphs: list[KnowledgeGraph], links: list[Row]) -> None:
    found = agree(graphs, links, count=4)
    accepted = {pair for pair, row in rows(found).items() if row["status"] == "accepted"}
    symmetric = accepted | {(b, a) for a, b in accepted}
    partners = defaultdict(set)
    for a, b in symmetric:
        partners[a].add(b)
        assert a[0] != b[0]
    for a in partners:
        assert len({b[0] for b in partners[a]}) == len(partners[a])
    for (a, b), (c, d) in product(symmetric, symmetric):
        assert b != c or a == d or (a, d) in symmetric
    listed = {(row["graph"] + row["entity"][-1]): row["cluster"] for row in found.clusters.to_dicts()}
    assert {a for a, _ in symmetric} == set(listed)
    assert all(listed[a] == listed[b] for a, b in symmetric)
    sizes = np.bincount(list(listed.values())) if listed else np.zeros(0, int)
    assert len(accepted) == sum(size * (size - 1) // 2 for size in sizes.tolist())
    assert found.links["probability"].is_between(0, 1).all()
    assert found.links.filter(pl.col("method") == "joined").height == found.joined
