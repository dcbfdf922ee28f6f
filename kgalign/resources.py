"""How long each stage of a run took, and the most memory it held."""

from __future__ import annotations

import ctypes
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Stage:
    """What one stage of a run cost.

    Attributes:
        name: the stage.
        seconds: wall time.
        cpu_seconds: processor time of all threads of this process.
        peak_bytes: highest resident memory seen during the stage.
    """

    name: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass
class StageClock:
    """Collects the :class:`Stage` s of a run, in the order in which they end.

    The time of a stage within another one counts for the inner stage only.
    """

    stages: list[Stage] = field(default_factory=list)
    _within: list[list[float]] = field(default_factory=lambda: [[0.0, 0.0]], repr=False)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the block under *name*; recorded even if the block fails."""
        wall, processor = time.perf_counter(), time.process_time()
        self._within.append([0.0, 0.0])
        with _peak_memory() as peak:
            try:
                yield
            finally:
                taken = (time.perf_counter() - wall, time.process_time() - processor)
                inner = self._within.pop()
                self._within[-1] = [sum(parts) for parts in zip(self._within[-1], taken, strict=True)]
                self.stages.append(Stage(name, taken[0] - inner[0], taken[1] - inner[1], peak.stop()))

    def by_name(self) -> list[Stage]:
        """The stages, those of one name together, in the order of their first appearance."""
        names = dict.fromkeys(stage.name for stage in self.stages)
        same = {name: [stage for stage in self.stages if stage.name == name] for name in names}
        return [
            Stage(
                name,
                sum(stage.seconds for stage in stages),
                sum(stage.cpu_seconds for stage in stages),
                max(stage.peak_bytes for stage in stages),
            )
            for name, stages in same.items()
        ]


class _PeakMemory:
    def __init__(self) -> None:
        self._highest = resident_bytes()
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self._highest = max(self._highest, resident_bytes())

    def stop(self) -> int:
        self._ended.set()
        self._watcher.join()
        self._highest = max(self._highest, resident_bytes())
        return self._highest


@contextmanager
def _peak_memory() -> Iterator[_PeakMemory]:
    watcher = _PeakMemory()
    try:
        yield watcher
    finally:
        watcher.stop()


def resident_bytes() -> int:
    """Resident memory of this process, in bytes (the peak so far, where /proc is absent)."""
    try:
        fields = Path("/proc/self/statm").read_text().split()
        return int(fields[1]) * resource.getpagesize()
    except OSError:
        return peak_resident_bytes()


def release_memory() -> None:
    """Give freed memory back to the system, which the C library may keep else (glibc only)."""
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def peak_resident_bytes() -> int:
    """Highest resident memory of this process since it started, in bytes."""
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest if sys.platform == "darwin" else highest * 1024
