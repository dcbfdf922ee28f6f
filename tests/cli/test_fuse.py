from __future__ import annotations

import json
import tomllib
from pathlib import Path

import polars as pl
import pytest

from kgalign.fuse import FuseOptions

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def test_the_defaults_in_the_shipped_configuration_are_the_defaults() -> None:
    written = tomllib.loads((CONFIGS / "default.toml").read_text("utf-8"))["fuse"]
    assert FuseOptions.model_validate(written) == FuseOptions()
    assert set(written) == set(FuseOptions.model_fields)


@pytest.fixture
def links(tmp_path: Path) -> Path:
    """Links between the people of both dumps."""
    path = tmp_path / "links.tsv"
    path.write_text("".join(f"http://one/{n}\thttp://two/{n}\n" for n in range(3)), "utf-8")
    return path


def test_fuse_tells_and_writes(command, dumps, links: Path, tmp_path: Path) -> None:
    output = tmp_path / "fused"
    told = json.loads(command("fuse", *dumps, "--links", links, "-o", output, "--json").out)
    assert (told["command"], told["clusters"], told["entities"]) == ("fuse", 3, 5)
    assert set(told["outputs"]) == {
        "store",
        "fused",
        "provenance",
        "statements",
        "clusters",
        "conflicts",
        "suspicious",
        "summary",
        "config",
    }
    for path in told["outputs"].values():
        assert Path(path).exists()
    assert pl.read_parquet(output / "suspicious.parquet").height == 3
    assert "5 entities" in command("info", output / "store").out
    result = command("fuse", *dumps, "--links", links, "-o", output)
    assert result.code == 0
    assert "clusters    3: 3 of 2 entities" in result.out


def test_a_run_may_be_fused_and_the_configuration_given_by_file(command, dumps, tmp_path: Path) -> None:
    assert command("align", *dumps, "-o", tmp_path / "run", "--encoder", "characters").code == 0
    config = tmp_path / "fuse.toml"
    config.write_text('[fuse]\ncanonical = "mint"\nfunctionality = 0.8\n[fuse.dates]\none = 2024-05-01\n')
    arguments = ("fuse", *dumps, "--links", tmp_path / "run", "-o", tmp_path / "out", "--config", config)
    assert command(*arguments, "--functionality", "0.7", "--output-format", "trig").code == 0
    written = tomllib.loads((tmp_path / "out" / "config.toml").read_text())
    assert set(written) == {"ingest", "fuse"}
    assert (written["fuse"]["canonical"], written["fuse"]["functionality"]) == ("mint", 0.7)
    assert written["fuse"]["dates"] == {"one": "2024-05-01"}
    assert (tmp_path / "out" / "fused.trig").is_file()
    assert not (tmp_path / "out" / "fused.nq").exists()
    assert set((tmp_path / "run" / "config.toml").read_text().split()) & {"[fuse]"} == set()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--links", "{links}", "--canonical", "prefer"], "needs --prefer GRAPH"),
        (["--links", "{links}", "--canonical", "prefer", "--prefer", "three"], "no graph is called 'three'"),
        (["--links", "{links}", "--on-conflict", "newest", "--date", "one"], "GRAPH=YYYY-MM-DD"),
        (["--links", "{links}", "--on-conflict", "newest", "--date", "one=May"], "dates.one"),
        (["--links", "{links}", "--namespace", "here"], "beginning of an IRI"),
        (["--links", "nowhere"], "no such file"),
        ([], "Missing option '--links'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    arguments: list[str], words: str, command, dumps, links: Path, tmp_path: Path
) -> None:
    given = [argument.format(links=links) for argument in arguments]
    result = command("fuse", *dumps, *given, "-o", tmp_path / "fused")
    assert result.code == 2
    assert words in result.err
    assert len(result.err.strip().splitlines()) == 1
    assert not (tmp_path / "fused").exists()


def test_one_graph_is_not_enough(command, dumps, links: Path) -> None:
    result = command("fuse", dumps[0], "--links", links)
    assert result.code == 2
    assert "two graphs or more" in result.err
