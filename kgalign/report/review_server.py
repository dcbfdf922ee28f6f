"""The review page, served on this machine alone.

The server answers on 127.0.0.1. Other sites that are open in the same browser can reach that address
too, so a request must name this server as its host (which a site that points its own name here can't)
and carry the token that was made for this run of the server; what changes something must also come
from the server's own page. Nobody learns the token but who reads the address that was printed.
"""

from __future__ import annotations

import hmac
import json
import secrets
import sys
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from kgalign import __version__
from kgalign.align.decisions import Decision, DecisionFile
from kgalign.errors import InputError, KgalignError
from kgalign.report.page import Page

ADDRESS = "127.0.0.1"
_TOKEN_HEADER = "X-Kgalign-Token"
_LONGEST_REQUEST = 65_536
_SECONDS = 30


class _Request(BaseModel):
    """What a page sends when somebody decides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    target: str
    decision: Decision


class ReviewServer(ThreadingHTTPServer):
    """Serves one page and writes down what is decided on it.

    Attributes:
        made: number of decisions written down since the start.

    Args:
        page: the page.
        decisions: where decisions are kept.
        pairs: the pairs that may be decided about, as source and target.
        port: where to listen; 0 for any free one.

    Raises:
        InputError: if the port can't be had.
    """

    daemon_threads = True

    def __init__(
        self, page: Page, decisions: DecisionFile, pairs: frozenset[tuple[str, str]], port: int
    ) -> None:
        try:
            super().__init__((ADDRESS, port), _Handler)
        except (OSError, OverflowError):
            raise InputError(
                f"port {port} can't be had", remedy="choose another with --port, or 0 for any"
            ) from None
        self.page = page.html.encode("utf-8")
        self.policy = page.policy + "; frame-ancestors 'none'"
        self.token = secrets.token_urlsafe(24)
        self.made = 0
        self._decisions = decisions
        self._pairs = pairs
        self._writing = threading.Lock()

    def server_bind(self) -> None:
        """Bind without asking the network for this machine's name, as the base class would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over browsers that went away; a defect keeps its traceback."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def origins(self) -> tuple[str, ...]:
        """How a browser names this server."""
        return tuple(f"http://{host}:{self.server_port}" for host in (ADDRESS, "localhost"))

    @property
    def url(self) -> str:
        """The page's address."""
        return f"{self.origins[0]}/?token={self.token}"

    def decided(self) -> list[dict[str, Any]]:
        """All decisions on the disk."""
        with self._writing:
            return self._decisions.read().to_dicts()

    def decide(self, body: bytes) -> None:
        """Write down a decision, given as JSON; it is on the disk when this returns.

        Raises:
            InputError: if it is none, or not about a pair of the run.
            OutputError: if it can't be written.
        """
        try:
            request = _Request.model_validate_json(body)
        except ValidationError:
            raise InputError("this is no decision") from None
        if (request.source, request.target) not in self._pairs:
            raise InputError("this pair is none of the run's")
        with self._writing:
            self._decisions.append(request.source, request.target, request.decision)
            self.made += 1


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer
    server_version = f"kgalign/{__version__}"
    sys_version = ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Answer with the page, or with what was decided."""
        address = urlsplit(self.path)
        if not self._is_for_us():
            return
        if address.path == "/":
            given = parse_qs(address.query).get("token", [""])[0]
            if self._knows(given):
                self._answer(HTTPStatus.OK, "text/html; charset=utf-8", self.server.page)
        elif address.path == "/decisions":
            if self._knows(self.headers.get(_TOKEN_HEADER, "")):
                self._tell(self._decided)
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "There is nothing here.")

    def do_POST(self) -> None:
        """Take a decision."""
        if not self._is_for_us() or not self._knows(self.headers.get(_TOKEN_HEADER, "")):
            return
        if self.headers.get("Origin") not in self.server.origins:
            self._refuse(HTTPStatus.FORBIDDEN, "Only this server's own page may decide.")
        elif urlsplit(self.path).path != "/decisions":
            self._refuse(HTTPStatus.NOT_FOUND, "There is nothing here.")
        elif self.headers.get_content_type() != "application/json":
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "A decision is sent as JSON.")
        else:
            self._tell(self._decide)

    def _decided(self) -> Mapping[str, object]:
        return {"decisions": self.server.decided()}

    def _decide(self) -> Mapping[str, object]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LONGEST_REQUEST:
            raise InputError("this is no decision")
        self.server.decide(self.rfile.read(int(length)))
        return {"made": self.server.made}

    def _is_for_us(self) -> bool:
        """Whether the request names this server as its host; refuses it otherwise."""
        if f"http://{self.headers.get('Host', '')}" in self.server.origins:
            return True
        self._refuse(HTTPStatus.FORBIDDEN, "This server answers only under its own address.")
        return False

    def _knows(self, token: str) -> bool:
        """Whether *token* is ours; refuses the request otherwise."""
        if hmac.compare_digest(token.encode("utf-8", "replace"), self.server.token.encode()):
            return True
        self._refuse(HTTPStatus.FORBIDDEN, "Open the address that 'kgalign review' has printed.")
        return False

    def _tell(self, work: Any) -> None:
        """Answer with what *work* gives, or with why it couldn't be done."""
        try:
            answer = work()
        except InputError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except KgalignError as error:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
        else:
            self._answer(HTTPStatus.OK, "application/json", json.dumps(answer).encode())

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        # What was sent and not read would be taken for the next request.
        self.close_connection = True
        self._answer(status, "application/json", json.dumps({"error": reason}).encode())

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", self.server.policy),
            ("Cache-Control", "no-store"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the token stands in the address."""
