"""A real language model and a scripted one, both behind HTTP servers."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# Tests are imported by path: what they share is found only with its folder on the path.
sys.path.insert(0, str(Path(__file__).parent / "clients"))

from scripted_server import ScriptedServer


@dataclass(frozen=True)
class LlamaServer:
    """Where a llama.cpp server is, and its model's name."""

    url: str
    model: str


@pytest.fixture(scope="session")
def llama_server() -> Iterator[LlamaServer]:
    """A real server with a small real model; skips where its packages are absent."""
    from llama_server import MODEL, missing_packages, serving

    if missing := missing_packages():
        pytest.skip(f"not installed: {', '.join(missing)}")
    with serving() as url:
        yield LlamaServer(url, MODEL)


@pytest.fixture
def scripted_server() -> Iterator[ScriptedServer]:
    """A server that does what ``server.script`` says; it answers B without being told."""
    server = ScriptedServer()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
