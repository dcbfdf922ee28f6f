from __future__ import annotations

import json
import tomllib
from pathlib import Path

import polars as pl
import pytest

from kgalign.adapters.options import AdaptOptions

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"


def test_the_defaults_in_the_shipped_configuration_are_the_defaults() -> None:
    written = tomllib.loads((CONFIGS / "default.toml").read_text("utf-8"))["adapt"]
    assert AdaptOptions.model_validate(written) == AdaptOptions()
    assert set(written) == set(AdaptOptions.model_fields) - {"layers", "batch"}


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """People with names in two languages who know each other."""
    lines = []
    for number in range(12):
        lines.append(f'<http://x/{number}> {LABEL} "person {chr(97 + number)}"@en .')
        lines.append(f'<http://x/{number}> {LABEL} "mensch {chr(97 + number)}"@de .')
        lines.append(f"<http://x/{number}> <http://x/knows> <http://x/{(number + 1) % 12}> .")
    path = tmp_path / "people.nt"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def small(small_model) -> list[object]:
    return ["--base", small_model("bert"), "--device", "cpu", "--batch", 4, "--reduction", 8]


def test_train_info_encode_compose(command, people: Path, small: list[object], tmp_path: Path) -> None:
    for name, objective in (("ep", "ep"), ("tp", "tp")):
        result = command(
            "adapt", "train", people, *small, "--steps", 3, "--objective", objective, "-o", tmp_path / name
        )
        assert result.code == 0, result.err
        assert "written" in result.out
    files = {path.name for path in (tmp_path / "ep").iterdir()}
    assert files == {"README.md", "adapter.json", "adapter.safetensors", "config.toml", "training.jsonl"}
    told = json.loads(command("adapt", "info", tmp_path / "ep", "--json").out)
    assert told["kind"] == "bottleneck"
    assert told["source"]["languages"] == {"de": 12, "en": 12}
    result = command("adapt", "compose", tmp_path / "ep", tmp_path / "tp", "-o", tmp_path / "both")
    assert result.code == 0, result.err
    assert "ep, tp" in result.out
    vectors = tmp_path / "vectors.parquet"
    result = command("adapt", "encode", tmp_path / "both", people, "-o", vectors, "--json")
    assert json.loads(result.out)["names"] == 24
    table = pl.read_parquet(vectors)
    assert table.columns == ["entity", "language", "text", "preferred", "vector"]
    assert table.schema["vector"] == pl.Array(pl.Float32, 32)


def test_the_same_training_gives_the_same_bytes(command, people: Path, small, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert command("adapt", "train", people, *small, "--steps", 3, "-o", tmp_path / name).code == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_dry_run_shows_samples_and_trains_nothing(command, people: Path, small, tmp_path: Path) -> None:
    arguments = ["adapt", "train", people, *small, "--objective", "ep", "--objective", "ts", "--dry-run"]
    told = json.loads(command(*arguments, "-o", tmp_path / "adapter", "--json").out)
    assert set(told["samples"]) == {"ep", "ts"}
    # Two layers of 32 to 4 to 32 with biases.
    assert told["parameters_trained"] == 2 * (32 * 4 + 4 + 4 * 32 + 32)
    assert told["estimated_seconds"] > 0
    assert not (tmp_path / "adapter").exists()
    assert "items" in command(*arguments, "-o", tmp_path / "adapter").out


def test_entities_are_left_out(command, people: Path, small, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("Person a\tmensch a\n", "utf-8")
    result = command(
        "adapt", "train", people, *small, "--leave-out", pairs, "--steps", 1, "-o", tmp_path / "a", "--json"
    )
    told = json.loads(result.out)
    assert told["source"]["left_out"] == 1
    assert told["source"]["entities"] == 11


def test_mistakes_are_told(command, people: Path, small, tmp_path: Path) -> None:
    result = command("adapt", "info", tmp_path)
    assert (result.code, "there is no adapter" in result.err) == (2, True)
    result = command("adapt", "train", people, *small, "--objective", "t2t", "-o", tmp_path / "a")
    assert (result.code, "needs a decoder" in result.err) == (2, True)
    result = command("adapt", "train", people, "--base", tmp_path / "nothing", "-o", tmp_path / "a")
    assert result.code == 2
    assert not (tmp_path / "a").exists()


def test_align_takes_an_adapter_as_its_encoder(command, dumps, people: Path, small, tmp_path: Path) -> None:
    assert command("adapt", "train", people, *small, "--steps", 2, "-o", tmp_path / "ep").code == 0
    result = command("align", *dumps, "--encoder", tmp_path / "ep", "-o", tmp_path / "run", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["links"] >= 1
