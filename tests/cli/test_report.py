from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kgalign.align.decisions import DecisionFile


@pytest.fixture
def run(command, dumps, tmp_path: Path) -> Path:
    output = tmp_path / "run"
    assert command("align", *dumps, "-o", output, "--encoder", "characters").code == 0
    return output


def test_a_report_is_written_and_told(run: Path, command, tmp_path: Path) -> None:
    page = tmp_path / "new" / "report.html"
    result = command("report", run, "-o", page, "--json")
    assert result.code == 0, result.err
    told = json.loads(result.out)
    assert told == {
        "command": "report",
        "output": str(page),
        "pairs": told["pairs"],
        "pairs_left_out": 0,
        "bytes": page.stat().st_size,
    }
    assert told["pairs"] >= 3
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert str(page) in command("report", run, "-o", page, "--most-pairs", "1").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("report", "nowhere", "-o", "page.html"), "name a run's folder"),
        (("report", "{run}", "-o", "page.html", "--fused", "nowhere"), "kgalign fuse"),
        (("report", "{run}", "-o", "page.html", "--reference", "nowhere"), "no such file"),
        (("report", "{run}", "-o", "{run}/links.parquet/page.html"), "choose another place with -o"),
        (("report", "{run}"), "--output"),
        (("report", "{run}", "-o", "page.html", "--most-pairs", "0"), "most-pairs"),
        (("review", "nowhere"), "name a run's folder"),
        (("review", "{run}", "--decisions", "{run}/summary.json"), "not a decision"),
        (("review", "{run}", "--port", "70000"), "port"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(
    arguments: tuple[str, ...],
    words: str,
    run: Path,
    command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = command(*(part.replace("{run}", str(run)) for part in arguments))
    assert result.code == 2
    assert words in result.err and result.err.count("\n") == 1
    assert not Path("page.html").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_review_ends_with_a_sentence(number: int, run: Path, tmp_path: Path) -> None:
    decisions = tmp_path / "kept.tsv"
    DecisionFile(decisions).append("http://one/0", "http://two/0", "confirmed")
    command = [
        sys.executable,
        "-m",
        "kgalign",
        "review",
        str(run),
        "--decisions",
        str(decisions),
        "--port",
        "0",
    ]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert "http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(number)
        out, error = process.communicate(timeout=60)
    assert (process.returncode, error.strip()) == (0, "")
    assert "0 decisions made" in out
    assert f"--decisions {decisions}" in out
