from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl
import pytest
import review_gain
from benchmark_data import DATA_SETS, DataSet
from review_gain import answered, shuffled


def pairs(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema={"source": pl.String, "target": pl.String}, orient="row")


GOLD = pairs(("a", "1"), ("b", "2"), ("c", "3"))


def test_the_person_answers_from_the_reference() -> None:
    asked = pairs(("b", "2"), ("a", "2"), ("a", "9"), ("x", "3"), ("x", "9"))
    decided = answered(asked, GOLD)
    assert decided.select("source", "target").equals(asked)
    assert decided["decision"].to_list() == ["confirmed", "declined", "declined", "declined", "unsure"]


def test_the_seed_decides_the_random_order() -> None:
    some = pairs(*((f"s{number}", f"t{number}") for number in range(100)))
    drawn = shuffled(some, 0)
    assert drawn.equals(shuffled(some.reverse(), 0))
    assert not drawn.equals(shuffled(some, 1))
    assert drawn.sort("source").equals(some.sort("source"))


PEOPLE = ("Marie Curie", "Ada Lovelace", "Alan Turing", "Grace Hopper", "Emmy Noether", "Lise Meitner")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataSet:
    """Six people in two graphs; one side has no names for two of them."""
    monkeypatch.setattr("kgalign.kg.cache.cache_folder", lambda: tmp_path / "cache")
    for graph in ("one", "two"):
        lines = [
            f"<http://{graph}/{number}> <http://{graph}/knows> <http://{graph}/{(number + 1) % 6}> .\n"
            for number in range(6)
        ]
        lines += [
            f'<http://{graph}/{number}> <http://www.w3.org/2000/01/rdf-schema#label> "{name}" .\n'
            for number, name in enumerate(PEOPLE)
            if graph == "one" or number < 4
        ]
        (tmp_path / f"{graph}.nt").write_text("".join(lines))
    links = "".join(f"http://one/{number}\thttp://two/{number}\n" for number in range(6))
    (tmp_path / "links.tsv").write_text(links)
    data = DataSet("small", "small", tmp_path, ("one.nt", "two.nt"), "links.tsv")
    monkeypatch.setitem(DATA_SETS, "small", data)
    return data


def test_what_was_measured_is_not_run_again(
    small: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from kgalign.align import align_many, write_run
    from kgalign.kg import load

    graphs = [load(path) for path in small.graph_paths]
    write_run(align_many(graphs, ("one", "two")), tmp_path / "run", {}, {})
    output = tmp_path / "gain.json"
    arguments = [
        str(tmp_path / "run"),
        "--data",
        "small",
        "--asked",
        "2",
        "--seeds",
        "1",
        "--output",
        str(output),
    ]
    monkeypatch.setattr(sys, "argv", ["review_gain.py", *arguments])
    assert review_gain.main() == 0
    results = json.loads(output.read_text())
    assert list(results) == ["small, none", "small, review, 2", "small, random 0, 2"]
    none, review, _ = results.values()
    assert (none["confirmed"], none["declined"], none["others"]) == (0, 0, 6)
    assert review["confirmed"] + review["declined"] == 2
    assert review["hits_at_1"] >= none["hits_at_1"]
    told = capsys.readouterr().out
    assert told.count("\n") == 3
    monkeypatch.setattr(review_gain.Task, "gain", lambda task, asked: pytest.fail("measured again"))
    assert review_gain.main() == 0
    assert capsys.readouterr().out == told
