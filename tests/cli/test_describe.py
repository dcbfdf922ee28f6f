"""``kgalign describe``: what it refuses before the long work, and what it takes up."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from kgalign.align import Alignment


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "options.toml"
    path.write_text('[align]\nencoder = "characters"\n[generate]\ngeneric = true\n', "utf-8")
    return path


def test_people_are_described_in_two_languages(command, dumps, config: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    arguments = ("describe", *dumps, "--language", "en", "--language", "fr-CH", "-o", output)
    told = json.loads(command(*arguments, "--config", config, "--json").out)
    assert told["command"] == "describe" and told["links"] == told["entities"] == 4
    assert set(told["languages"]) == set(told["outputs"]) == {"en", "fr"}
    assert told["languages"]["en"]["verified"] == 4
    rows = (output / "descriptions" / "en" / "descriptions.jsonl").read_text("utf-8").splitlines()
    ada = next(row for row in map(json.loads, rows) if row["text"].startswith("Ada Lovelace"))
    assert ada["text"] == "Ada Lovelace – knows: Alan Turing."
    written = tomllib.loads((output / "config.toml").read_text("utf-8"))
    assert set(written) == {"ingest", "align", "fuse", "verify", "generate"}
    result = command(*arguments, "--config", config)
    assert "links is already there" in result.err and "fused is already there" in result.err
    assert "4 verified" in result.out and "Lovelace" in result.out


def test_another_option_does_its_step_again(command, dumps, config: Path, tmp_path: Path) -> None:
    arguments = ("describe", *dumps, "--language", "en", "-o", tmp_path / "out", "--config", config)
    assert command(*arguments).code == 0
    config.write_text(config.read_text("utf-8") + '[fuse]\ncanonical = "mint"\n', "utf-8")
    result = command(*arguments)
    assert "links is already there" in result.err and "fused is already there" not in result.err
    text = (tmp_path / "out" / "descriptions" / "en" / "descriptions.nq").read_text("utf-8")
    assert "<urn:kgalign:" in text.splitlines()[0].split()[0]


def test_iris_of_any_graph_name_entities(command, dumps, config: Path, tmp_path: Path) -> None:
    wanted = tmp_path / "wanted.txt"
    wanted.write_text("http://two/1\nhttp://one/1\nhttp://two/3\n", "utf-8")
    arguments = ("describe", *dumps, "--language", "en", "--config", config, "--entities", wanted)
    assert command(*arguments, "-o", tmp_path / "out").code == 0
    rows = (tmp_path / "out" / "descriptions" / "en" / "descriptions.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(row)["entity"] for row in rows] == ["http://one/1", "http://one/3"]


def test_mistakes_are_told_before_the_graphs_are_aligned(
    command, dumps, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def aligned(*arguments: object, **named: object) -> Alignment:
        pytest.fail("the graphs were aligned")

    monkeypatch.setattr("kgalign.generate.pipeline.align_many", aligned)
    wanted = tmp_path / "wanted.txt"
    wanted.write_text("urn:nobody\n", "utf-8")
    output = ("-o", tmp_path / "out")
    for given, message in (
        (("--language", "sw"), "no templates for the language 'sw'"),
        (("--language", "en", "--type", "urn:nothing"), "no graph has the class <urn:nothing>"),
        (("--language", "en", "--entities", wanted), "wanted.txt:1: the graph has no entity <urn:nobody>"),
        (("--language", "en", "--entities", wanted, "--type", "x"), "only one of --entities"),
        (("--language", "en", "--model", tmp_path), "there is no generation model"),
    ):
        result = command("describe", *dumps, *given, *output)
        assert result.code == 2 and message in result.err, result.err
    result = command("describe", dumps[0], "--language", "en", *output)
    assert result.code == 2 and "two graphs or more" in result.err
