"""``kgalign align --decisions``."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from kgalign.align import DecisionFile

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
PEOPLE = ("Marie Curie", "Ada Lovelace", "Alan Turing", "Grace Hopper")


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """The same four people in three graphs."""
    paths = []
    for graph in ("one", "two", "three"):
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


def decided(path: Path, *rows: tuple[str, str, str]) -> Path:
    file = DecisionFile(path)
    for row in rows:
        file.append(*row)  # type: ignore[arg-type]
    return path


def aligned(command, *arguments: object, output: Path) -> dict[str, object]:
    result = command("align", *arguments, "-o", output, "--encoder", "characters", "--json")
    assert result.code == 0, result.err
    told: dict[str, object] = json.loads(result.out)
    return told


def tables(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    return pl.read_parquet(folder / "links.parquet"), pl.read_parquet(folder / "candidates.parquet")


def has(table: pl.DataFrame, one: str, other: str) -> bool:
    ends = {one, other}
    return any(set(row) == ends for row in table.select("source", "target").rows())


def test_confirmed_pairs_stand_and_declined_ones_are_gone(command, dumps, tmp_path: Path) -> None:
    # The dumps' fourth people differ, and no name speaks for the pair; the pair of the first is right.
    decisions = decided(
        tmp_path / "decisions.tsv",
        ("http://two/3", "http://one/3", "confirmed"),
        ("http://one/0", "http://two/0", "declined"),
        ("http://one/1", "http://two/1", "unsure"),
    )
    told = aligned(command, *dumps, "--decisions", decisions, output=tmp_path / "run")
    assert (told["confirmed"], told["declined"], told["seeds"]) == (1, 1, 0)
    links, candidates = tables(tmp_path / "run")
    link = links.filter(pl.col("source") == "http://one/3").to_dicts()[0]
    assert (link["target"], link["method"], link["status"]) == ("http://two/3", "confirmed", "accepted")
    assert link["probability"] == 1.0
    assert not has(links, "http://one/0", "http://two/0")
    assert not has(candidates, "http://one/0", "http://two/0")
    assert links.filter(pl.col("source") == "http://one/1")["method"].to_list() == ["aligned"]
    text = command("explain", tmp_path / "run", "http://one/3").out
    assert "a person confirmed it" in text


def test_a_decision_overrules_a_seed_link_and_a_common_iri(command, dumps, tmp_path: Path) -> None:
    for path in dumps:
        with path.open("a") as stream:
            stream.write(f'<http://both/1> {LABEL} "Common" .\n')
    seeds = tmp_path / "seeds.tsv"
    seeds.write_text("http://one/3\thttp://two/3\nhttp://one/0\thttp://two/2\n")
    decisions = decided(
        tmp_path / "decisions.tsv",
        ("http://one/3", "http://two/3", "declined"),
        ("http://one/0", "http://two/0", "confirmed"),
        ("http://both/1", "http://both/1", "declined"),
    )
    told = aligned(command, *dumps, "--decisions", decisions, "--seeds", seeds, output=tmp_path / "run")
    assert told["seeds"] == 0
    links, candidates = tables(tmp_path / "run")
    for pair in (("http://one/3", "http://two/3"), ("http://both/1", "http://both/1")):
        assert not has(links, *pair)
        assert not has(candidates, *pair)
    assert links.filter(pl.col("source") == "http://one/0")["method"].to_list() == ["confirmed"]


def test_a_declined_pair_is_not_joined_through_a_third_graph(
    command, three: list[Path], tmp_path: Path
) -> None:
    decisions = decided(tmp_path / "decisions.tsv", ("http://two/0", "http://one/0", "declined"))
    told = aligned(command, *three, "--decisions", decisions, output=tmp_path / "run")
    assert [pair["declined"] for pair in told["pairs"]] == [1, 0, 0]
    links, candidates = tables(tmp_path / "run")
    assert not has(links, "http://one/0", "http://two/0")
    assert not has(candidates, "http://one/0", "http://two/0")
    clusters = pl.read_parquet(tmp_path / "run" / "clusters.parquet")
    for members in clusters.group_by("cluster").agg("entity")["entity"].to_list():
        assert not {"http://one/0", "http://two/0"} <= set(members)
    # Without the decision the third graph joins what names alone would leave apart.
    assert has(links, "http://one/1", "http://two/1")


def test_seed_links_do_not_join_a_declined_pair(command, three: list[Path], tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.tsv"
    seeds.write_text("http://one/0\thttp://three/0\nhttp://two/0\thttp://three/0\n")
    decisions = decided(tmp_path / "decisions.tsv", ("http://one/0", "http://two/0", "declined"))
    aligned(command, *three, "--decisions", decisions, "--seeds", seeds, output=tmp_path / "run")
    clusters = pl.read_parquet(tmp_path / "run" / "clusters.parquet")
    for members in clusters.group_by("cluster").agg("entity")["entity"].to_list():
        assert not {"http://one/0", "http://two/0"} <= set(members)


def test_a_warm_start_forgets_declined_pairs(command, dumps, tmp_path: Path) -> None:
    aligned(command, *dumps, output=tmp_path / "first")
    decisions = decided(tmp_path / "decisions.tsv", ("http://one/0", "http://two/0", "declined"))
    arguments = (*dumps, "--decisions", decisions, "--warm-start", tmp_path / "first")
    aligned(command, *arguments, output=tmp_path / "second")
    for table in tables(tmp_path / "second"):
        assert not has(table, "http://one/0", "http://two/0")
    assert has(tables(tmp_path / "first")[0], "http://one/0", "http://two/0")


def test_the_same_decisions_give_the_same_bytes(command, dumps, tmp_path: Path) -> None:
    decisions = decided(tmp_path / "decisions.tsv", ("http://one/0", "http://two/0", "declined"))
    for name in ("first", "second"):
        aligned(command, *dumps, "--decisions", decisions, output=tmp_path / name)
    for table in ("links.parquet", "candidates.parquet", "summary.json", "links.sssom.tsv"):
        assert (tmp_path / "first" / table).read_bytes() == (tmp_path / "second" / table).read_bytes()


def test_the_last_of_contradicting_confirmations_counts(command, dumps, tmp_path: Path) -> None:
    decisions = decided(
        tmp_path / "decisions.tsv",
        ("http://one/3", "http://two/2", "confirmed"),
        ("http://one/3", "http://two/3", "confirmed"),
        ("http://one/1", "http://two/1", "confirmed"),
        ("http://two/1", "http://one/1", "declined"),
    )
    result = command(
        "align", *dumps, "--decisions", decisions, "-o", tmp_path / "run", "--encoder", "characters"
    )
    assert result.code == 0
    assert "1 confirmed pairs contradict a later decision" in result.err
    links, _ = tables(tmp_path / "run")
    confirmed = links.filter(pl.col("method") == "confirmed").select("source", "target").rows()
    assert confirmed == [("http://one/3", "http://two/3")]
    assert not has(links, "http://one/1", "http://two/1")


def test_decisions_that_cannot_be_used(command, dumps, tmp_path: Path) -> None:
    elsewhere = decided(tmp_path / "elsewhere.tsv", ("http://x/1", "http://y/1", "confirmed"))
    wrong = tmp_path / "wrong.tsv"
    wrong.write_text("http://one/0\thttp://two/0\n")
    for path, words in (
        (tmp_path / "none.tsv", "there is no such file"),
        (elsewhere, "none of the 1 decisions names entities of both graphs (first: <http://x/1>)"),
        (wrong, "wrong.tsv:1: not a decision"),
    ):
        result = command("align", *dumps, "--decisions", path, "-o", tmp_path / "run")
        assert result.code == 2
        assert words in result.err
        assert result.err.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_line_cut_short_is_told(command, dumps, tmp_path: Path) -> None:
    decisions = decided(tmp_path / "decisions.tsv", ("http://one/0", "http://two/0", "declined"))
    with decisions.open("a") as stream:
        stream.write("http://one/1\thttp://two/1\tdecl")
    result = command(
        "align", *dumps, "--decisions", decisions, "-o", tmp_path / "run", "--encoder", "characters"
    )
    assert result.code == 0
    assert "decisions.tsv:3: the last line was cut short" in result.err
