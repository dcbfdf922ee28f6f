"""``kgalign convert``."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest


@pytest.fixture
def run_folder(command, dumps, tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    assert command("align", *dumps, "-o", folder, "--encoder", "characters").code == 0
    return folder


def test_a_run_goes_through_every_format_and_back(command, run_folder: Path, tmp_path: Path) -> None:
    links = pl.read_parquet(run_folder / "links.parquet").filter(pl.col("status") == "accepted")
    expected = sorted(links.select("source", "target", "probability").rows())
    for name in ("links.sssom.tsv", "links.rdf", "links.csv", "links.parquet"):
        result = command("convert", run_folder, tmp_path / name, "--json")
        assert result.code == 0, result.err
        told = json.loads(result.out)
        assert (told["command"], told["links"]) == ("convert", links.height)
        back = command("convert", tmp_path / name, tmp_path / "back.parquet")
        assert back.code == 0, back.err
        found = pl.read_parquet(tmp_path / "back.parquet").select("source", "target", "probability")
        assert sorted(found.rows()) == expected
    assert command("convert", run_folder, tmp_path / "links.nt").code == 0
    assert (tmp_path / "links.nt").read_text() == (run_folder / "links.nt").read_text()
    assert (tmp_path / "links.sssom.tsv").read_text() == (run_folder / "links.sssom.tsv").read_text()


def test_the_flag_tells_the_format_where_the_name_does_not(command, run_folder: Path, tmp_path: Path) -> None:
    result = command("convert", run_folder, tmp_path / "out", "--to", "exactmatch")
    assert result.code == 0
    assert "as exactmatch" in result.out
    assert "skos/core#exactMatch" in (tmp_path / "out").read_text()


def test_what_cannot_be_converted(command, run_folder: Path, tmp_path: Path) -> None:
    for arguments, words in (
        ((tmp_path / "nothing.tsv", tmp_path / "a.csv"), "there is no such file"),
        ((run_folder, tmp_path / "links"), "tells no format"),
        ((run_folder, tmp_path, "--to", "csv"), "is a folder"),
        ((run_folder, tmp_path / "run" / "links.nt" / "x.csv"), "can't be written"),
    ):
        result = command("convert", *arguments)
        assert result.code == 2, result.err
        assert words in result.err
        assert result.err.count("\n") == 1


def test_uncertain_links_are_left_out_unless_asked_for(command, tmp_path: Path) -> None:
    table = tmp_path / "links.csv"
    table.write_text(
        "source,target,probability,status\nhttp://a/1,http://b/1,0.9,accepted\nhttp://a/2,http://b/2,0.3,uncertain\n"
    )
    told = json.loads(command("convert", table, tmp_path / "a.tsv", "--json").out)
    assert (told["links"], told["uncertain_left_out"]) == (1, 1)
    told = json.loads(command("convert", table, tmp_path / "b.tsv", "--uncertain", "--json").out)
    assert (told["links"], told["uncertain_left_out"]) == (2, 0)
    assert "1 uncertain" in command("convert", table, tmp_path / "a.tsv").out
    told = json.loads(command("convert", tmp_path / "b.tsv", tmp_path / "c.csv", "--json").out)
    assert told["uncertain_left_out"] == 1
