"""What tests share: where the data is, and small graphs."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from kgalign.kg import IngestOptions, KnowledgeGraph, ingest

ROOT = Path(__file__).resolve().parents[1]
GRAPH_DATA = ROOT / "graph_data"
SHARED_DATA = ROOT.parent / "shared" / "data"

# How long an example takes says more about what else the machine does than about the code.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """Have Ctrl-C heard here and by child processes: a shell's background jobs start deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


MakeGraph = Callable[[str, str], KnowledgeGraph]


@pytest.fixture
def make_graph(tmp_path: Path) -> MakeGraph:
    """Ingest N-Triples given as text: ``make_graph(name, text)``."""

    def make(name: str, text: str) -> KnowledgeGraph:
        dump = tmp_path / f"{name}.nt"
        dump.write_text(text, "utf-8")
        return ingest([dump], tmp_path / name, IngestOptions())

    return make


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The benchmark data beside the checkout; skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the benchmark data (../shared/data) is not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def graph_data() -> Path:
    """The sample graphs that come with the repository."""
    return GRAPH_DATA
