"""A real language model and a scripted one, both behind HTTP servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from llama_server import MODEL, LlamaServer, missing_packages, serving
from scripted_server import ScriptedServer, scripted


@pytest.fixture(scope="session")
def llama_server() -> Iterator[LlamaServer]:
    """A real server with a small real model; skips where its packages are absent."""
    if missing := missing_packages():
        pytest.skip(f"not installed: {', '.join(missing)}")
    with serving() as url:
        yield LlamaServer(url, MODEL)


@pytest.fixture
def scripted_server() -> Iterator[ScriptedServer]:
    """A server that does what ``server.script`` says; it answers B without being told."""
    with scripted() as server:
        yield server
