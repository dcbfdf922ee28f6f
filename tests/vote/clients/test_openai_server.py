"""A client that gets its answers from servers that fail, refuse and break off, or says what to do."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import time
import traceback
from collections.abc import Sequence
from typing import Any

import pytest
from scripted_server import Answer, ScriptedServer, completion, refusal

from kgalign.errors import InputError
from kgalign.vote.clients import ModelOptions, open_model
from kgalign.vote.language_model import ModelError, Prompt, Reply

LETTERS = tuple("ABC")
KEY = "sk-very-secret-1234567890"
TOLD = [
    ("B", math.log(0.5)),
    (" B", math.log(0.25)),
    ("A", math.log(0.1)),
    ("b", math.log(0.05)),
    ("The", -4.0),
]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own waits, shortened."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.05)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def ask_all(server: ScriptedServer | str, count: int = 1, **options: Any) -> list[Reply]:
    """Answers to *count* different questions asked at once."""

    async def ask() -> list[Reply]:
        url = server if isinstance(server, str) else server.url
        model = open_model("openai:small", ModelOptions(base_url=url, **options))
        try:
            prompts = [Prompt("Answer.", f"Which? {number}", LETTERS) for number in range(count)]
            return await asyncio.gather(*(model.ask(prompt) for prompt in prompts))
        finally:
            await model.close()

    return asyncio.run(ask())


def told(reply: Reply) -> Sequence[float]:
    assert reply.log_probabilities is not None
    return [math.exp(value) for value in reply.log_probabilities]


def test_letters_come_with_the_probability_of_each(scripted_server: ScriptedServer) -> None:
    scripted_server.script = lambda number, body: Answer(completion("B", TOLD))
    (reply,) = ask_all(scripted_server, seed=7)
    assert (reply.text, reply.input_tokens, reply.output_tokens, reply.cached) == ("B", 41, 1, False)
    assert told(reply) == pytest.approx([0.1, 0.75, 0.0])
    (request,) = scripted_server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "small",
        "messages": [{"role": "system", "content": "Answer."}, {"role": "user", "content": "Which? 0"}],
        "max_tokens": 1,
        "temperature": 0.0,
        "seed": 7,
        "logprobs": True,
        "top_logprobs": 20,
    }


def test_a_token_listed_twice_counts_once(scripted_server: ScriptedServer) -> None:
    scripted_server.script = lambda number, body: Answer(completion("B", [*TOLD, TOLD[0]]))
    assert told(ask_all(scripted_server)[0]) == pytest.approx([0.1, 0.75, 0.0])


def test_json_is_held_to_the_letters(scripted_server: ScriptedServer) -> None:
    scripted_server.script = lambda number, body: Answer(completion('{"answer": "B"}'))
    (reply,) = ask_all(scripted_server, answer_form="json")
    assert reply.text == '{"answer": "B"}'
    assert reply.log_probabilities is None
    body = scripted_server.requests[0].body
    assert "logprobs" not in body
    schema = body["response_format"]["json_schema"]
    assert schema["strict"]
    assert schema["schema"]["properties"]["answer"]["enum"] == list(LETTERS)


def flaky(kind: str) -> Any:
    """Fails one call in five, each time it is first made."""
    failed: set[str] = set()

    def script(number: int, body: dict[str, Any]) -> Answer:
        question = body["messages"][1]["content"]
        if int(question.split()[1]) % 5 or question in failed:
            return Answer(completion("B", TOLD))
        failed.add(question)
        match kind:
            case "drop":
                return Answer(drop=True)
            case "time-out":
                return Answer(completion("B", TOLD), delay=1.5)
            case "not JSON":
                return Answer(b'{"choices": [{"mess')
            case "no choice":
                return Answer({"choices": []})
            case status:
                return Answer({"error": {"message": "busy"}}, int(status))

    return script


@pytest.mark.parametrize("kind", ["500", "503", "408", "drop", "time-out", "not JSON", "no choice"])
def test_a_fifth_of_the_calls_failing_changes_no_answer(scripted_server: ScriptedServer, kind: str) -> None:
    scripted_server.script = flaky(kind)
    replies = ask_all(scripted_server, 20, timeout=0.5)
    assert [reply.text for reply in replies] == ["B"] * 20
    assert all(told(reply) == pytest.approx([0.1, 0.75, 0.0]) for reply in replies)
    assert len(scripted_server.requests) == 24


def test_the_server_says_how_long_to_wait(scripted_server: ScriptedServer) -> None:
    def script(number: int, body: dict[str, Any]) -> Answer:
        return Answer(completion("B", TOLD)) if number else refusal("slow down", 429, Retry_After="0.7")

    scripted_server.script = script
    began = time.monotonic()
    ask_all(scripted_server)
    assert time.monotonic() - began >= 0.7
    assert len(scripted_server.requests) == 2


def test_no_more_calls_at_once_than_allowed(scripted_server: ScriptedServer) -> None:
    scripted_server.script = lambda number, body: Answer(completion("B", TOLD), delay=0.03)
    ask_all(scripted_server, 20, concurrency=3)
    assert scripted_server.most_at_once == 3


def test_no_more_requests_in_a_minute_than_allowed(scripted_server: ScriptedServer) -> None:
    # Two requests per question: those sent again count.
    scripted_server.script = lambda number, body: (
        Answer(completion("B", TOLD)) if number >= 3 else Answer({"error": "busy"}, 500)
    )
    began = time.monotonic()
    ask_all(scripted_server, 3, requests_per_minute=600, concurrency=3)
    assert len(scripted_server.requests) == 6
    assert time.monotonic() - began >= 5 * 0.1


def test_refused_log_probabilities_are_left_out_from_then_on(scripted_server: ScriptedServer) -> None:
    def script(number: int, body: dict[str, Any]) -> Answer:
        if "logprobs" in body:
            return refusal("This model does not support logprobs")
        return Answer(completion("Answer: B"))

    scripted_server.script = script
    replies = ask_all(scripted_server, 6, concurrency=1)
    assert [reply.text for reply in replies] == ["Answer: B"] * 6
    assert all(reply.log_probabilities is None for reply in replies)
    asked = [request.body.get("top_logprobs") for request in scripted_server.requests]
    assert asked == [20, 5, *[None] * 6]
    assert scripted_server.requests[-1].body["max_tokens"] == 16


def test_fewer_log_probabilities_where_many_are_refused(scripted_server: ScriptedServer) -> None:
    def script(number: int, body: dict[str, Any]) -> Answer:
        if body["top_logprobs"] > 5:
            return refusal("top_logprobs must be at most 5")
        return Answer(completion("B", TOLD))

    scripted_server.script = script
    replies = ask_all(scripted_server, 8, top_logprobs=100, concurrency=4)
    assert all(told(reply) == pytest.approx([0.1, 0.75, 0.0]) for reply in replies)


def test_log_probabilities_that_do_not_come_are_done_without(scripted_server: ScriptedServer) -> None:
    scripted_server.script = lambda number, body: Answer(completion("B"))
    replies = ask_all(scripted_server, 3, concurrency=1)
    assert all(reply.log_probabilities is None for reply in replies)
    # The first answer is clear without them, so that it needn't be asked for again.
    assert ["logprobs" in request.body for request in scripted_server.requests] == [True, False, False]
    with pytest.raises(ModelError, match="gives no log-probabilities; choose the answer form auto or json"):
        ask_all(scripted_server, answer_form="letters")


def test_what_a_model_refuses_is_named_otherwise_or_left_out(scripted_server: ScriptedServer) -> None:
    def script(number: int, body: dict[str, Any]) -> Answer:
        if "max_tokens" in body:
            return refusal("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        for name in ("temperature", "seed"):
            if name in body:
                return refusal(f"Unsupported parameter: '{name}' is not supported with this model.")
        return Answer(completion("B", TOLD))

    scripted_server.script = script
    (reply,) = ask_all(scripted_server)
    assert reply.text == "B"
    assert scripted_server.requests[-1].body["max_completion_tokens"] > 1000


@pytest.mark.parametrize("thoughts", [{"reasoning_content": "Hm."}, {"reasoning": "Hm."}])
def test_a_model_that_thinks_gets_room(scripted_server: ScriptedServer, thoughts: dict[str, str]) -> None:
    scripted_server.script = lambda number, body: Answer(
        completion("B", TOLD) if body["max_tokens"] > 1 else completion("", [("Hm", -0.1)], **thoughts)
    )
    (reply,) = ask_all(scripted_server)
    assert reply.text == "B"
    assert told(reply) == pytest.approx([0.1, 0.75, 0.0])
    assert len(scripted_server.requests) == 2


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            refusal(f"Incorrect API key {KEY}", 401),
            "refuses the key; set the environment variable OPENAI_API_KEY to",
        ),
        (refusal("no", 403), "doesn't allow small to the key in the environment variable OPENAI_API_KEY"),
        (refusal("no such model", 404), r"has no model small; it has large, medium\.$"),
        (refusal(f"bad request by {KEY}", 400), r"refuses the request \(status 400: bad request by …\)"),
        (refusal("maximum context length is 5 tokens; max_completion_tokens", 400), "maximum context length"),
        (
            refusal(f"quota of {KEY} spent", 429),
            r"refuses more requests \(status 429: quota of … spent\); wait",
        ),
        (refusal("later", 429, Retry_After="999"), "status 429: later"),
        (Answer({"error": {"message": KEY}}, 500), r"fails \(status 500\)"),
        (Answer(b"<html>Welcome</html>"), r"gives no chat completion; check --base-url"),
        (Answer(drop=True), "dropped the connection, asked 2 times"),
        (Answer(completion("B"), delay=1.5), "doesn't answer in time, asked 2 times"),
    ],
)
def test_one_sentence_says_what_to_do_and_never_the_key(
    scripted_server: ScriptedServer, caplog: pytest.LogCaptureFixture, answer: Answer, message: str
) -> None:
    caplog.set_level(logging.DEBUG)
    scripted_server.models = ["medium", "large"]
    scripted_server.script = lambda number, body: answer
    with pytest.raises(ModelError, match=message) as caught:
        ask_all(scripted_server, attempts=2, timeout=0.5)
    assert scripted_server.url in str(caught.value)
    assert "\n" not in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert KEY not in shown
    assert caplog.records
    assert KEY not in caplog.text
    assert not any(KEY in repr(record.__dict__) for record in caplog.records)


def test_a_server_that_is_not_there_is_noticed_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 8.0)
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/v1"
        began = time.monotonic()
        with pytest.raises(
            ModelError, match=f"No server can be reached at {url}; start it, or check --base-url"
        ):
            ask_all(url, attempts=100)
        assert time.monotonic() - began < 5


def test_nothing_shown_of_a_model_holds_a_secret() -> None:
    async def show() -> tuple[str, str]:
        url = f"https://user:{KEY}@example.org:8443/v1/?token={KEY}"
        model = open_model("openai:small", ModelOptions(base_url=url, seed=3))
        await model.close()
        return model.name, repr(model)

    name, shown = asyncio.run(show())
    assert name == "openai:small at https://example.org:8443/v1, auto/20, seed 3, temperature 0"
    assert KEY not in shown


def test_names_tell_servers_models_and_forms_apart() -> None:
    choices: list[tuple[str, dict[str, Any]]] = [
        ("m", {}),
        ("n", {}),
        ("m", {"base_url": "http://other/v1"}),
        ("m", {"answer_form": "json"}),
        ("m", {"seed": 1}),
        ("m", {"top_logprobs": 5}),
    ]
    options = [ModelOptions(**{"base_url": "http://one/v1", **chosen}) for _, chosen in choices]
    names = {open_model(f"openai:{model}", o).name for (model, _), o in zip(choices, options, strict=True)}
    assert len(names) == 6


def test_a_local_server_needs_no_key(
    scripted_server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert ask_all(scripted_server)[0].text == "B"


def test_the_key_is_taken_from_the_variable_that_is_named(
    scripted_server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_KEY", "other")
    ask_all(scripted_server, key_variable="OTHER_KEY")
    assert scripted_server.requests[0].headers["authorization"] == "Bearer other"


def test_openai_itself_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(
        ModelError, match="set the environment variable OPENAI_API_KEY, or name another server"
    ):
        open_model("openai:small", ModelOptions())


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://localhost/v1", "http://", "http://[", "http://a:b:c/"]
)
def test_a_base_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="the base URL isn't one"):
        open_model("openai:small", ModelOptions(base_url=url))
