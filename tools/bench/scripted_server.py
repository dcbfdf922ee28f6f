"""An OpenAI-compatible server that does what a test or a benchmark tells it to, failures included."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What is sent back, after *delay* seconds; with *drop* the connection is cut instead."""

    body: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False


@dataclass(frozen=True)
class Request:
    """What was asked; the names of headers are in small letters."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


Script = Callable[[int, dict[str, Any]], Answer]


def completion(
    text: str, logprobs: list[tuple[str, float]] | None = None, **message: object
) -> dict[str, Any]:
    """A chat completion as OpenAI writes it."""
    told = None
    if logprobs is not None:
        tops = [{"token": token, "logprob": value, "bytes": None} for token, value in logprobs]
        told = {"content": [{"token": text, "logprob": 0.0, "bytes": None, "top_logprobs": tops}]}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "scripted",
        "choices": [
            {
                "index": 0,
                "finish_reason": "length" if message else "stop",
                "message": {"role": "assistant", "content": text, **message},
                "logprobs": told,
            }
        ],
        "usage": {"prompt_tokens": 41, "completion_tokens": 1, "total_tokens": 42},
    }


def refusal(message: str, status: int = 400, **headers: str) -> Answer:
    """An error as OpenAI writes it; ``_`` in the names of headers stands for ``-``."""
    return Answer({"error": {"message": message, "type": "error", "param": None}}, status, headers)


class ScriptedServer(ThreadingHTTPServer):
    """Keeps the requests, and the greatest number that was under way at once.

    Attributes:
        script: what to answer, from the number of the request (from 0) and its body.
        models: the models that it lists.
        requests: the requests so far.
        most_at_once: the greatest number of requests that were under way at once.
    """

    daemon_threads = True
    # So many connections may wait while others are accepted.
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: Script = lambda number, body: Answer(completion("B"))
        self.models = ["small", "large"]
        self.requests: list[Request] = []
        self.most_at_once = 0
        self._under_way = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    @contextmanager
    def recorded(self, request: Request) -> Iterator[int]:
        """Count a request while it is answered, and give its number."""
        with self._lock:
            number = len(self.requests)
            self.requests.append(request)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            yield number
        finally:
            with self._lock:
                self._under_way -= 1

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gave up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """List the models."""
        self._send(
            Answer(
                {"object": "list", "data": [{"id": name, "object": "model"} for name in self.server.models]}
            )
        )

    def do_POST(self) -> None:
        """Answer a question as the script says."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        with self.server.recorded(request) as number:
            answer = self.server.script(number, body)
            time.sleep(answer.delay)
        if answer.drop:
            self.close_connection = True
            self.connection.close()
        else:
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in answer.headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of requests."""


@contextmanager
def scripted() -> Iterator[ScriptedServer]:
    """Run a server while the block runs; it answers B until it is told otherwise."""
    server = ScriptedServer()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
