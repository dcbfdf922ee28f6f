from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kgalign.cli.main import kgalign, run


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


RunCommand = Callable[..., Result]


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RunCommand:
    """Run a kgalign command in this process, as the terminal would; graphs are cached in *tmp_path*."""
    monkeypatch.setattr("kgalign.kg.cache.cache_folder", lambda: tmp_path / "cache")

    def call(*arguments: object) -> Result:
        capfd.readouterr()
        code = run(lambda: kgalign.main([str(part) for part in arguments], "kgalign", standalone_mode=False))
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return call


PEOPLE = {
    "one": ("Marie Curie", "Ada Lovelace", "Alan Turing", "Grace Hopper"),
    "two": ("Marie Curie", "Ada Lovelace", "Alan Turing", "Emmy Noether"),
}


@pytest.fixture
def dumps(tmp_path: Path) -> tuple[Path, Path]:
    """Two small graphs of people who know each other; three of four are in both."""
    made = []
    for graph, people in PEOPLE.items():
        lines = [
            f'<http://{graph}/{number}> <http://www.w3.org/2000/01/rdf-schema#label> "{name}" .\n'
            f"<http://{graph}/{number}> <http://{graph}/knows> <http://{graph}/{(number + 1) % 4}> .\n"
            for number, name in enumerate(people)
        ]
        path = tmp_path / f"{graph}.nt"
        path.write_text("".join(lines), "utf-8")
        made.append(path)
    return made[0], made[1]
