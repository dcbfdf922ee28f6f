from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgalign.align.decisions import DecisionFile
from kgalign.errors import InputError, OutputError
from kgalign.report.page import Page
from kgalign.report.review_server import ReviewServer

PAIR = {"source": "http://one/0", "target": "http://two/0", "decision": "confirmed"}
PAGE = Page("<!doctype html>é", frozenset({("http://one/0", "http://two/0")}), 0, "default-src 'none'")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReviewServer]:
    with ReviewServer(PAGE, DecisionFile(tmp_path / "decisions.tsv"), PAGE.keys, 0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(
    server: ReviewServer, method: str, path: str, body: object = None, **headers: str | None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Send a request as the server's own page would, but for *headers* (None leaves one out)."""
    sent = {
        "Host": f"127.0.0.1:{server.server_port}",
        "Origin": f"http://127.0.0.1:{server.server_port}",
        "X-Kgalign-Token": server.token,
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.putrequest(method, path, skip_host=True)
    for name, value in sent.items():
        if value is not None:
            connection.putheader(name, value)
    if method == "POST":
        connection.putheader("Content-Length", str(len(content)))
    connection.endheaders(content if method == "POST" else None)
    answer = connection.getresponse()
    result = answer.status, answer.headers, answer.read()
    connection.close()
    return result


def test_the_page_is_given_to_who_knows_the_token(server: ReviewServer) -> None:
    status, headers, body = ask(server, "GET", f"/?token={server.token}", X_Kgalign_Token=None)
    assert (status, body.decode()) == (200, PAGE.html)
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    for path in ("/", "/?token=", "/?token=wrong", f"/?token={server.token}x", "/?token=%ff"):
        status, _, body = ask(server, "GET", path)
        assert status == 403
        assert "kgalign review" in json.loads(body)["error"]
    assert ask(server, "GET", "/elsewhere")[0] == 404
    assert ask(server, "GET", "//etc/passwd")[0] == 404


def test_only_this_machine_is_listened_to(server: ReviewServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert server.url.startswith(f"http://127.0.0.1:{server.server_port}/?token=")


def test_a_decision_is_on_the_disk_before_it_is_answered(server: ReviewServer, tmp_path: Path) -> None:
    status, _, body = ask(server, "POST", "/decisions", PAIR)
    assert (status, json.loads(body)) == (200, {"made": 1})
    assert DecisionFile(tmp_path / "decisions.tsv").read()["decision"].to_list() == ["confirmed"]
    assert ask(server, "POST", "/decisions", {**PAIR, "decision": "unsure"})[0] == 200
    status, _, body = ask(server, "GET", "/decisions")
    (kept,) = json.loads(body)["decisions"]
    assert {name: kept[name] for name in PAIR} == {**PAIR, "decision": "unsure"}
    assert server.made == 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:80"}, 403),
        ({"Host": None}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": None}, 403),
        ({"X_Kgalign_Token": None}, 403),
        ({"X_Kgalign_Token": "guess"}, 403),
        ({"X_Kgalign_Token": "é"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_another_site_can_decide_nothing(
    headers: dict[str, str | None], status: int, server: ReviewServer, tmp_path: Path
) -> None:
    assert ask(server, "POST", "/decisions", PAIR, **headers)[0] == status
    assert not (tmp_path / "decisions.tsv").exists()
    assert server.made == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"{" * 20_000,
        {},
        {**PAIR, "decision": "maybe"},
        {**PAIR, "more": "x"},
        {**PAIR, "source": 1},
        {**PAIR, "target": "http://two/1"},
        {**PAIR, "source": PAIR["target"], "target": PAIR["source"]},
        {**PAIR, "target": "x" * 70_000},
    ],
)
def test_what_is_no_decision_is_refused_in_a_sentence(
    body: object, server: ReviewServer, tmp_path: Path
) -> None:
    status, _, answer = ask(server, "POST", "/decisions", body)
    assert status == 400
    assert json.loads(answer)["error"].endswith(".")
    assert not (tmp_path / "decisions.tsv").exists()


def test_a_decision_that_cannot_be_kept_is_reported(
    server: ReviewServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OutputError("decisions.tsv: the disk is full.")

    monkeypatch.setattr(DecisionFile, "append", full)
    status, _, answer = ask(server, "POST", "/decisions", PAIR)
    assert (status, json.loads(answer)["error"]) == (500, "decisions.tsv: the disk is full.")
    assert server.made == 0


def test_decisions_made_at_once_are_all_kept(server: ReviewServer, tmp_path: Path) -> None:
    threads = [threading.Thread(target=ask, args=(server, "POST", "/decisions", PAIR)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.made == 12
    assert len((tmp_path / "decisions.tsv").read_text("utf-8").splitlines()) == 13


def test_a_port_that_is_taken_is_told(server: ReviewServer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--port"):
        ReviewServer(PAGE, DecisionFile(tmp_path / "other.tsv"), PAGE.keys, server.server_port)
