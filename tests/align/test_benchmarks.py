"""The aligner on the benchmark data, without seeds; nothing was tuned on these links."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def align(output: Path, *arguments: object) -> dict[str, float]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    finished = subprocess.run(
        [sys.executable, "-m", "kgalign", "align", *map(str, arguments), "-o", str(output), "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    told: dict[str, float] = json.loads(finished.stdout)
    return told


def test_persons_are_found_by_their_attributes(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "oaei2010" / "person"
    told = align(
        tmp_path / "run",
        folder / "person11.rdf",
        folder / "person12.rdf",
        "--reference",
        folder / "person-gold.ttl",
    )
    assert told["f1"] >= 0.95


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("labels", "least"), [([], 0.85), (["--labels", "mt_names.tsv"], 0.93)])
def test_chinese_and_english(labels: list[str], least: float, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "dbp15k" / "zh_en"
    extra = [folder / part if part.endswith(".tsv") else part for part in labels]
    graphs = (folder / "kg1.nt.gz", folder / "kg2.nt.gz", "--reference", folder / "links_test.tsv")
    told = align(tmp_path / "one", *graphs, *extra)
    assert told["hits@1"] >= least
    assert told["precision"] >= 0.97
    assert told["peak_memory_bytes"] < 4e9
    assert sum(stage["cpu_seconds"] for stage in told["stages"]) < 600  # type: ignore[attr-defined]
    align(tmp_path / "two", *graphs, *extra)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_french_and_english(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "srprs" / "fr_en"
    graphs = (folder / "kg1.nt.gz", folder / "kg2.nt.gz", "--reference", folder / "links_test.tsv")
    assert align(tmp_path / "run", *graphs)["hits@1"] >= 0.98
