"""``kgalign generate``."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from kgalign.cli.main import run
from kgalign.cli.options import Configuration
from kgalign.cli.resuming import resumable
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_training_that_is_stopped_says_that_it_goes_on(number: int, tmp_path: Path) -> None:
    data, config, output = tmp_path / "data.jsonl", tmp_path / "train.toml", tmp_path / "model"
    people = ("Ann Ash", "Bob Birch", "Cem Cedar", "Dan Dogwood")
    rows = [
        {
            "facts": [[f"{name} {i}", "birthPlace", f"Town {i}"]],
            "text": f"{name} {i} was born in Town {i}.",
            "language": "en",
        }
        for i in range(40)
        for name in people
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    config.write_text("[train]\ncheckpoint_every = 1\n", "utf-8")
    command = [
        sys.executable,
        "-m",
        "kgalign",
        "generate",
        "train",
        "--base",
        "scratch",
        "--config",
        str(config),
    ]
    command += ["--data", str(data), "--vocabulary", "330", "--width", "32", "--layers", "1"]
    command += ["--epochs", "100000", "--device", "cpu", "-o", str(output)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        deadline = time.monotonic() + 480
        while time.monotonic() < deadline and not (output / "checkpoint.safetensors").exists():
            time.sleep(0.05)
        process.send_signal(number)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    last = error.strip().splitlines()[-1]
    assert last == f"kgalign: interrupted; the same command goes on from what is in {output}."


def test_what_leaves_nothing_behind_does_not_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(pattern: str) -> int:
        with resumable(tmp_path, pattern):
            raise KeyboardInterrupt
        return 0

    (tmp_path / "steps.json").touch()
    assert run(lambda: interrupted("checkpoint.*")) == 130
    assert "no output was written" in capsys.readouterr().err
    assert run(lambda: interrupted("steps.*")) == 130
    assert "goes on from what is in" in capsys.readouterr().err
