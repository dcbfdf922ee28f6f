from __future__ import annotations

import json
from pathlib import Path

import pytest

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
COUNTRIES = {"france": "frankreich", "italy": "italien", "spain": "spanien"}


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """Towns in countries, named in two languages."""
    lines = [f'<http://x/in> {LABEL} "country"@en .']
    for name, german in COUNTRIES.items():
        lines += [f'<http://x/{name}> {LABEL} "{name}"@en .', f'<http://x/{name}> {LABEL} "{german}"@de .']
    for number in range(12):
        town = f"<http://x/town{number}>"
        country = list(COUNTRIES)[number % 3]
        lines += [f'{town} {LABEL} "town {chr(97 + number)}"@en .', f'{town} {LABEL} "ort {number}"@de .']
        lines.append(f"{town} <http://x/in> <http://x/{country}> .")
    path = tmp_path / "places.nt"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def adapter(command, places: Path, small_model, tmp_path: Path) -> Path:
    base = ["--base", small_model("bert"), "--device", "cpu", "--batch", 4, "--steps", 2]
    result = command(
        "adapt", "train", places, *base, "--objective", "tp", "--untold", 0.3, "-o", tmp_path / "tp"
    )
    assert result.code == 0, result.err
    return tmp_path / "tp"


def test_alignment(command, dumps, adapter: Path, tmp_path: Path) -> None:
    reference = tmp_path / "reference.tsv"
    reference.write_text("".join(f"http://one/{n}\thttp://two/{n}\n" for n in range(3)), "utf-8")
    result = command("adapt", "evaluate", "alignment", adapter, *dumps, "--reference", reference, "--json")
    assert result.code == 0, result.err
    rows = json.loads(result.out)["rows"]
    assert len({row["encoder"] for row in rows}) == 2, "the adapter and its base"
    assert {row["measure"] for row in rows} == {"cosine", "csls"}
    assert all(row["mrr"] >= row["hits_at_1"] for row in rows)
    table = command("adapt", "evaluate", "alignment", "characters", *dumps, "--reference", reference)
    assert "csls" in table.out


def test_probing_asks_what_was_told_and_what_was_not(command, places: Path, adapter: Path) -> None:
    rows = json.loads(command("adapt", "evaluate", "probing", adapter, places, "--json").out)["rows"]
    assert {row["facts"] for row in rows} == {"told", "untold"}
    english = [row for row in rows if row["language"] == "en" and row["facts"] == "told"]
    assert len(english) == 2
    assert english[0]["asked"] + english[0]["asked"] > 12
    assert all(0 <= row["accuracy"] <= row["mrr"] <= 1 for row in rows)


def test_retention_compares_with_the_base(command, adapter: Path, tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    lines = [f"the river {n} flows into the sea, and the town {n} lies on its bank" for n in range(9)]
    texts.write_text("\n".join(lines) + "\n", "utf-8")
    rows = json.loads(command("adapt", "evaluate", "retention", adapter, texts, "--json").out)["rows"]
    assert rows
    assert rows[0]["rise"] == pytest.approx(rows[0]["after"] / rows[0]["before"] - 1)


def test_completion(command, places: Path, adapter: Path, tmp_path: Path) -> None:
    lines = places.read_text("utf-8").splitlines()
    facts = [line for line in lines if "<http://x/in>" in line and LABEL not in line]
    known = [line for line in lines if line not in facts[:6]]
    german = [line.replace("http://x/t", "http://y/t").replace("http://x/f", "http://y/f") for line in lines]
    files = {"a": known, "b": german, "validation": facts[:3], "test": facts[3:6]}
    for name, content in files.items():
        (tmp_path / f"{name}.nt").write_text("\n".join(content) + "\n", "utf-8")
    links = tmp_path / "links.tsv"
    links.write_text("".join(f"http://x/town{n}\thttp://y/town{n}\n" for n in range(12)), "utf-8")
    graphs = [tmp_path / "a.nt", tmp_path / "b.nt"]
    held_out = ["--validation", tmp_path / "validation.nt", "--test", tmp_path / "test.nt"]
    result = command(
        "adapt", "evaluate", "completion", adapter, *graphs, "--links", links, *held_out, "--json"
    )
    assert result.code == 0, result.err
    rows = [row for row in json.loads(result.out)["rows"] if row["graph"] == "a"]
    assert len(rows) == 7
    assert {row["facts"] for row in rows} == {3}
    assert all(row["hits@1"] <= row["mrr"] <= 1 for row in rows)
