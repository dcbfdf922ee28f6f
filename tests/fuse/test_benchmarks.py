"""Fusing on the benchmark data; the links come from a run made here, without seeds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def called(*arguments: object) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    folder = shared_data / "dbp15k" / "zh_en"
    output = tmp_path_factory.mktemp("zh_en") / "run"
    called("-m", "kgalign", "align", folder / "kg1.nt.gz", folder / "kg2.nt.gz", "-o", output)
    return output


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_wrong_links_are_cut_or_come_first(run: Path, tmp_path: Path) -> None:
    output = tmp_path / "faults.json"
    called(ROOT / "tools/bench/fault_injection.py", run, "--seeds", 1, "--output", output)
    told = json.loads(output.read_text("utf-8"))
    for setting in told["settings"]:
        found = dict(zip(told["curve"], setting["found"], strict=True))
        assert found[1000] >= 0.6 * setting["added"], setting
        assert setting["cpu_seconds"] < 120


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_the_repair_leaves_no_cluster_with_two_entities_of_a_graph(run: Path, tmp_path: Path) -> None:
    output = tmp_path / "fusing.json"
    called(ROOT / "tools/bench/fusing.py", "--zh-en", run, "--output", output)
    for setting in json.loads(output.read_text("utf-8")):
        assert setting["after"]["unsound"] == 0
        assert setting["after"]["precision"] >= setting["before"]["precision"]
        assert setting["cpu_seconds"] < 120
