"""``kgalign generate``."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

from kgalign.cli.options import Configuration
from kgalign.generate import GenerateOptions

ROOT = Path(__file__).resolve().parents[2]
GRAPH = ROOT / "graph_data" / "world_en_fr_hi.ttl"
PARIS = "http://gazetteer.example/id/E10236"


def test_the_configuration_file_has_every_default() -> None:
    written = tomllib.loads((ROOT / "configs" / "default.toml").read_text("utf-8"))["generate"]
    assert GenerateOptions.model_validate(written) == Configuration().generate


def test_entities_of_a_file_are_described(command, tmp_path: Path) -> None:
    wanted, output = tmp_path / "wanted.txt", tmp_path / "out"
    wanted.write_text(PARIS + "\n", "utf-8")
    result = command("generate", GRAPH, "--language", "hi", "--entities", wanted, "-o", output, "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["verified"] == 1
    assert "no generation model is used" in result.err
    (row,) = csv.DictReader((output / "descriptions.csv").open(encoding="utf-8"))
    assert row["text"].startswith("Paris") and row["outcome"] == "verified"
    wanted.write_text("urn:nobody\n", "utf-8")
    result = command("generate", GRAPH, "--language", "hi", "--entities", wanted, "-o", output)
    assert result.code == 2 and "wanted.txt:1: the graph has no entity <urn:nobody>" in result.err


def test_templates_are_learnt_from_lines_of_json(command, tmp_path: Path) -> None:
    data, output = tmp_path / "data.jsonl", tmp_path / "templates"
    row = {"facts": [["Ann", "birthPlace", "York"]], "text": "Ann was born in York.", "language": "en"}
    data.write_text(json.dumps(row) + "\n", "utf-8")
    result = command("generate", "train", "--templates", "--data", data, "-o", output, "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["templates"] == {"en": 1}
    data.write_text(json.dumps(row | {"text": "Nothing."}) + "\n", "utf-8")
    result = command("generate", "train", "--templates", "--data", data, "-o", output)
    assert result.code == 2 and "became a template" in result.err
