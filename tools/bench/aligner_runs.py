"""Running ``kgalign align`` in a process of its own, and what it took."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from benchmark_data import ROOT

from kgalign import __version__
from kgalign.cache_folder import CACHE_VARIABLE, cache_folder
from kgalign.encode.embedded import NAME

# Reading and encoding are measured by benchmarks of their own, and kept for the next run.
KEPT_STAGES = ("ingest", "encode")
_LIBRARIES = ("numpy", "polars", "scipy", "torch", "torch-geometric")


class RunFailed(Exception):
    """The aligner ended with an error; the message is the last line that it printed."""


@dataclass(frozen=True)
class Run:
    """What one run of the aligner told and took.

    Attributes:
        told: the object that ``--json`` printed.
        wall_seconds: from start to end of the process.
        cpu_seconds: user and system time of the whole process, its start included.
        peak_bytes: highest resident memory of the process.
    """

    told: Mapping[str, Any]
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int

    @property
    def links(self) -> pl.DataFrame:
        """The links that it wrote, accepted and uncertain."""
        return pl.read_parquet(self.told["outputs"]["links"])

    @property
    def stage_cpu_seconds(self) -> dict[str, float]:
        """CPU seconds by stage, without :data:`KEPT_STAGES`."""
        found: dict[str, float] = {}
        for stage in self.told["stages"]:
            if stage["name"] not in KEPT_STAGES:
                found[stage["name"]] = found.get(stage["name"], 0.0) + stage["cpu_seconds"]
        return found


def run_align(arguments: Sequence[str | Path], folder: Path, cache: Path | None = None) -> Run:
    """Run ``kgalign align`` with *arguments* into *folder*.

    Linux counts the memory of the process that starts another one towards the latter's peak, so
    whoever calls this must stay small.

    Args:
        arguments: graphs and options.
        folder: where the run's output goes.
        cache: the cache folder it uses; None for the user's.

    Raises:
        RunFailed: if it ends with an error.
    """
    command = [sys.executable, "-m", "kgalign", "align", *map(str, arguments), "-o", str(folder), "--json"]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as complaints:
        start = time.perf_counter()
        environment = _environment(cache)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=complaints, text=True, env=environment
        ) as child:
            assert child.stdout is not None
            output = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        if child.returncode:
            complaints.seek(0)
            raise RunFailed((complaints.read().strip() or "no message").splitlines()[-1])
    return Run(
        told=json.loads(output),
        wall_seconds=wall,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_bytes=usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    )


@contextmanager
def cold_cache(place: Path | None = None) -> Iterator[Path]:
    """A cache folder that holds the embedded encoder, made ready beforehand, and nothing else.

    Args:
        place: the folder to make it in; None for the system's temporary one.
    """
    subprocess.run(
        [sys.executable, "-m", "kgalign", "models", "prepare", "e5"],
        check=True,
        stdout=subprocess.DEVNULL,
        env=_environment(None),
    )
    with tempfile.TemporaryDirectory(dir=place) as name:
        models = Path(name) / "models"
        models.mkdir()
        for folder in (cache_folder() / "models").glob(f"{NAME}-v*"):
            (models / folder.name).symlink_to(folder.resolve(), target_is_directory=True)
        yield Path(name)


def circumstances() -> dict[str, object]:
    """What figures depend on besides the data: commit, cores, versions."""
    return {
        "commit": _commit(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": platform.machine(),
        "versions": {
            "kgalign": __version__,
            "python": platform.python_version(),
            **{library: importlib.metadata.version(library) for library in _LIBRARIES},
        },
    }


def _environment(cache: Path | None) -> dict[str, str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return environment if cache is None else {**environment, CACHE_VARIABLE: str(cache)}


def _commit() -> str:
    """The commit checked out, with a plus sign where files differ from it."""

    def git(*arguments: str) -> str:
        command = ["git", "--no-optional-locks", "-C", str(ROOT), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "HEAD") + ("+" if changed else "")
