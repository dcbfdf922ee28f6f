"""``kgalign align`` and ``evaluate`` on more than two graphs, and many-to-one links."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
NAMES = ("one", "two", "three")
PEOPLE = ("Marie Curie", "Ada Lovelace", "Alan Turing", "Grace Hopper")


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """The same four people in three graphs."""
    paths = []
    for graph in NAMES:
        path = tmp_path / f"{graph}.nt"
        path.write_text(
            "".join(
                f'<http://{graph}/{number}> {LABEL} "{name}" .\n'
                f"<http://{graph}/{number}> <http://{graph}/knows> <http://{graph}/{(number + 1) % 4}> .\n"
                for number, name in enumerate(PEOPLE)
            )
        )
        paths.append(path)
    return paths


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """Links of all three pairs, in no order, with one in the wrong direction and one of unknown graphs."""
    path = tmp_path / "reference.tsv"
    rows = [(f"http://{a}/{n}", f"http://{b}/{n}") for n in range(4) for a, b in combinations(NAMES, 2)]
    rows[2] = rows[2][::-1]
    path.write_text("".join(f"{a}\t{b}\n" for a, b in [*rows[1:], ("http://x/1", "http://y/1"), rows[0]]))
    return path


def aligned(command, *arguments: object, output: Path) -> dict[str, object]:
    result = command("align", *arguments, "-o", output, "--encoder", "characters", "--json")
    assert result.code == 0, result.err
    told: dict[str, object] = json.loads(result.out)
    return told


def test_three_graphs_in_one_call(command, three: list[Path], reference: Path, tmp_path: Path) -> None:
    told = aligned(command, *three, "--reference", reference, output=tmp_path / "run")
    assert [graph["name"] for graph in told["graphs"]] == list(NAMES)
    assert [(graph["linked"], graph["unlinked"]) for graph in told["graphs"]] == [(4, 0)] * 3
    assert [(pair["source_graph"], pair["target_graph"]) for pair in told["pairs"]] == list(
        combinations(NAMES, 2)
    )
    for pair in told["pairs"]:
        assert pair["links"] == 4
        assert (pair["precision"], pair["recall"], pair["reference"]["links"]) == (1.0, 1.0, 4)
        assert {
            "uncertain",
            "seeds",
            "weights",
            "rounds",
            "relation_correspondences",
            "hits@1",
        } <= pair.keys()
    assert (told["links"], told["clusters"], told["f1"], told["hits@1"]) == (12, 4, 1.0, 1.0)
    assert told["reference"] == {"links": 12, "judged": 12, "unknown": 1}
    assert "weights" not in told
    names = [stage["name"] for stage in told["stages"]]
    assert len(names) == len(set(names))
    assert {"join", "match"} <= set(names)
    links = pl.read_parquet(told["outputs"]["links"])
    assert links.columns[:4] == ["source_graph", "target_graph", "source", "target"]
    for table in ("candidates", "relations"):
        assert pl.read_parquet(told["outputs"][table]).columns[:2] == ["source_graph", "target_graph"]
    assert (tmp_path / "run" / "links.nt").read_text().count("\n") == 12
    assert pl.read_parquet(told["outputs"]["clusters"]).height == 12
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary.items() <= told.items()


def test_a_person_is_told_about_each_graph_and_each_pair(
    command, three: list[Path], reference: Path, tmp_path: Path
) -> None:
    arguments = ("align", *three, "-o", tmp_path / "run", "--encoder", "characters", "--reference", reference)
    result = command(*arguments)
    assert result.code == 0
    lines = [line.split(maxsplit=1) for line in result.out.splitlines()]
    heads = [line[0] for line in lines if line]
    assert heads[:9] == [
        *[part for name in NAMES for part in (name, "4")],
        *("one–two", "one–three", "two–three"),
    ]
    assert "4: 4 of 3 entities" in result.out
    assert "mean of 3 pairs: precision 1.0000" in result.out
    assert "1 reference links name unknown entities; they are left out" in result.err


def test_a_run_on_many_graphs_is_evaluated(
    command, three: list[Path], reference: Path, tmp_path: Path
) -> None:
    aligned(command, *three, output=tmp_path / "run")
    for links in (tmp_path / "run", tmp_path / "run" / "links.parquet"):
        told = json.loads(command("evaluate", links, reference, "--json").out)
        assert (told["correct"], told["judged"], told["expected"]) == (12, 12, 13)
    # A reference of one pair of graphs doesn't judge the others' links.
    part = tmp_path / "part.tsv"
    part.write_text("http://three/0\thttp://one/0\nhttp://one/1\thttp://three/2\n")
    told = json.loads(command("evaluate", tmp_path / "run", part, "--json").out)
    assert (told["correct"], told["judged"], told["expected"]) == (1, 3, 2)


def test_two_graphs_have_the_same_tables_and_the_keys_of_ever(command, dumps, tmp_path: Path) -> None:
    told = aligned(command, *dumps, output=tmp_path / "run")
    (pair,) = told["pairs"]
    for key in ("links", "uncertain", "seeds", "relation_correspondences", "weights", "rounds"):
        assert told[key] == pair[key]
    links = pl.read_parquet(told["outputs"]["links"])
    assert links.select("source_graph", "target_graph").unique().rows() == [("one", "two")]
    clusters = pl.read_parquet(told["outputs"]["clusters"])
    assert clusters.group_by("graph").len().sort("graph").rows() == [
        ("one", told["links"]),
        ("two", told["links"]),
    ]


def test_seeds_find_their_pairs(command, three: list[Path], tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.tsv"
    seeds.write_text("http://three/3\thttp://one/0\nhttp://one/1\thttp://two/1\nhttp://one/1\thttp://no/1\n")
    told = aligned(command, *three, "--seeds", seeds, output=tmp_path / "run")
    assert (told["seeds"], [pair["seeds"] for pair in told["pairs"]]) == (2, [1, 1, 0])
    links = pl.read_parquet(told["outputs"]["links"]).filter(pl.col("method") == "seed")
    assert set(links.select("source", "target", "status").rows()) == {
        ("http://one/0", "http://three/3", "accepted"),
        ("http://one/1", "http://two/1", "accepted"),
    }


def test_owl_same_as_in_one_graph_seeds_two_others(command, three: list[Path], tmp_path: Path) -> None:
    with three[0].open("a") as stream:
        stream.write("<http://three/2> <http://www.w3.org/2002/07/owl#sameAs> <http://two/2> .\n")
    told = aligned(command, *three, "--use-sameas", output=tmp_path / "run")
    assert [pair["seeds"] for pair in told["pairs"]] == [0, 0, 1]


def test_what_many_graphs_cannot_have(command, three: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "run"
    for arguments, words in (
        ((*three, "--cardinality", "many-to-one"), "many-to-one links are made between two graphs only"),
        ((*three, three[0]), "same graph"),
        (("-", three[0], "-"), "standard input"),
    ):
        result = command("align", *arguments, "-o", output)
        assert result.code == 2
        assert result.err.count("\n") == 1
        assert words in result.err
    reference = tmp_path / "elsewhere.tsv"
    reference.write_text("http://x/1\thttp://one/1\n")
    result = command("align", *three, "-o", output, "--encoder", "characters", "--reference", reference)
    assert result.code == 2
    assert "entities of two of the graphs" in result.err
    assert not output.exists()


def test_sources_share_a_target_where_the_first_graph_holds_duplicates(
    command, dumps, tmp_path: Path
) -> None:
    with dumps[0].open("a") as stream:
        stream.write(f'<http://one/again> {LABEL} "Ada Lovelace" .\n')
    shared = {}
    for cardinality in ("one-to-one", "many-to-one"):
        told = aligned(command, *dumps, "--cardinality", cardinality, output=tmp_path / cardinality)
        accepted = pl.read_parquet(told["outputs"]["links"]).filter(pl.col("status") == "accepted")
        shared[cardinality] = set(accepted.filter(pl.col("target") == "http://two/1")["source"])
        config = (tmp_path / cardinality / "config.toml").read_text()
        assert f'cardinality = "{cardinality}"' in config
    assert shared == {
        "one-to-one": {"http://one/1"},
        "many-to-one": {"http://one/1", "http://one/again"},
    }
    clusters = pl.read_parquet(tmp_path / "many-to-one" / "clusters.parquet")
    ada = clusters.filter(pl.col("entity") == "http://two/1")["cluster"][0]
    assert clusters.filter(pl.col("cluster") == ada).height == 3


def test_a_target_may_have_several_seeds_where_it_may_be_shared(command, dumps, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.tsv"
    seeds.write_text("http://one/0\thttp://two/3\nhttp://one/3\thttp://two/3\n")
    found = {}
    for cardinality in ("one-to-one", "many-to-one"):
        arguments = (*dumps, "--cardinality", cardinality, "--seeds", seeds)
        told = aligned(command, *arguments, output=tmp_path / cardinality)
        links = pl.read_parquet(told["outputs"]["links"])
        found[cardinality] = links.filter(pl.col("method") == "seed")["source"].sort().to_list()
        assert told["seeds"] == len(found[cardinality])
    assert found == {"one-to-one": ["http://one/0"], "many-to-one": ["http://one/0", "http://one/3"]}
