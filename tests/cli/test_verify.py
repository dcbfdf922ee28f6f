"""``kgalign verify``."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

import pytest

from kgalign.cli.options import Configuration
from kgalign.kg import load
from kgalign.verify import Verifier, VerifyOptions
from kgalign.verify.writing import read_verdicts

ROOT = Path(__file__).resolve().parents[2]
GRAPH = ROOT / "graph_data" / "world_en_fr_hi.ttl"
PARIS = "http://gazetteer.example/id/E10236"
TEXT = "Paris is the capital of France & <script>alert(1)</script> of Atlantis."


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_the_configuration_file_has_every_default() -> None:
    written = tomllib.loads((ROOT / "configs" / "default.toml").read_text("utf-8"))["verify"]
    assert VerifyOptions.model_validate(written) == Configuration().verify


def test_the_same_from_the_command_from_python_and_from_json(command, text: Path, tmp_path: Path) -> None:
    output = tmp_path / "verdicts.jsonl"
    result = command("verify", "--graph", GRAPH, text, "--about", PARIS, "-o", output, "--json")
    assert result.code == 0, result.err
    verified = Verifier(load(str(GRAPH))).verify(TEXT, "en", about=PARIS)
    assert read_verdicts(output) == [verified]
    told = json.loads(result.out)
    assert told["supported"] == len(verified.of_status("supported")) > 0
    assert told["facts_omitted"] == len(verified.omitted)


def test_a_table_and_a_page(command, text: Path, tmp_path: Path) -> None:
    page, table = tmp_path / "page.html", tmp_path / "table.csv"
    for output in (page, table):
        assert command("verify", "--graph", GRAPH, text, "-o", output).code == 0
    assert "<script>" not in page.read_text("utf-8")
    assert "&lt;script&gt;" in page.read_text("utf-8")
    rows = list(csv.DictReader(table.open(encoding="utf-8")))
    assert {"Paris", "Atlantis"} <= {row["span"] for row in rows}


def test_lines_of_json_with_facts(command, tmp_path: Path) -> None:
    lines = tmp_path / "texts.jsonl"
    record = {
        "text": "Nie Haisheng was born on 12 October 1964.",
        "facts": [["Nie_Haisheng", "birthDate", "1964-10-13"]],
    }
    lines.write_text(json.dumps(record) + "\n", "utf-8")
    result = command("verify", "--graph", GRAPH, lines)
    assert result.code == 0, result.err
    assert "contradicted: 12 October 1964" in result.out
    assert "\x1b[" not in result.out


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"\xff\xfe", "text.txt", "is not UTF-8"),
        (b'{"about": "x"}', "texts.jsonl", "texts.jsonl:1: text: Field required"),
        (b"{", "texts.jsonl", "texts.jsonl:1"),
    ],
)
def test_bad_texts_are_told_in_a_sentence(
    command, tmp_path: Path, content: bytes, name: str, told: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    result = command("verify", "--graph", GRAPH, path)
    assert result.code == 2
    assert told in result.err
    assert result.err.count("\n") == 1


def test_an_unknown_entity_is_told(command, text: Path) -> None:
    result = command("verify", "--graph", GRAPH, text, "--about", "http://nowhere/x")
    assert (result.code, "no entity <http://nowhere/x>" in result.err) == (2, True)


def test_an_alignment_function_is_trained_and_used(command, small_model, text: Path, tmp_path: Path) -> None:
    data, folder = tmp_path / "lessons.jsonl", tmp_path / "alignment"
    pairs = [("Lima", "Peru"), ("Rome", "Italy"), ("Oslo", "Norway"), ("Bern", "Switzerland")] * 3
    lines = [
        {"text": f"{city} is the capital of {land}.", "language": "en", "facts": [[land, "capital", city]]}
        for city, land in pairs
    ]
    data.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    trained = command(
        "verify", "train", "--data", data, "--base", small_model("bert"), "--steps", 2, "--device", "cpu",
        "-o", folder, "--json",
    )  # fmt: skip
    assert trained.code == 0, trained.err
    assert json.loads(trained.out)["languages"] == {"en": 11}
    output = tmp_path / "verdicts.jsonl"
    use = ("verify", "--graph", GRAPH, text, "--about", PARIS, "--alignment", folder)
    assert command(*use, "-o", output, "--json").code == 0
    options = VerifyOptions(alignment=str(folder), device="cpu")
    assert read_verdicts(output) == [Verifier(load(str(GRAPH)), options).verify(TEXT, "en", about=PARIS)]
    assert command(*use, "--no-model-free", "--json").code == 0


def test_a_missing_alignment_function_is_told(command, text: Path, tmp_path: Path) -> None:
    result = command("verify", "--graph", GRAPH, text, "--alignment", tmp_path / "none")
    assert result.code == 2
    assert "holds no alignment function" in result.err
