"""What went wrong at a server, in one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx2
import openai

_MODELS_SHOWN = 10
_COMPLAINT_SHOWN = 300


class UnreadableAnswer(httpx2.ReadError):
    """A successful answer that holds no completion; the library takes it for a broken connection."""


@dataclass(frozen=True)
class Server:
    """What messages say about a server.

    Attributes:
        url: its address, without secrets.
        model: the model that was asked for.
        key_variable: the environment variable that the key is taken from.
        attempts: how often a request was sent.
        key: the key, so that it can be kept out of messages.
    """

    url: str
    model: str
    key_variable: str
    attempts: int
    key: str = field(repr=False)


def complaint(error: openai.APIStatusError) -> str:
    """What the server says is wrong, and the parameter concerned if it names one."""
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error")
        body = inner if isinstance(inner, dict) else body
        said = [body.get(key) for key in ("message", "detail", "param") if body.get(key)]
        if said:
            return " ".join(str(part) for part in said)
        body = inner or body
    return str(body or error.message)


def explained(error: openai.APIError, server: Server, models: Sequence[str] = ()) -> str:
    """One sentence on what happened and what to do; it never holds the key.

    Args:
        error: what the library raised.
        server: where.
        models: the models that the server has, if it said so.
    """
    text = _sentence(error, server, models)
    return text.replace(server.key, "…") if server.key else text


def _sentence(error: openai.APIError, server: Server, models: Sequence[str]) -> str:
    place = f"The server at {server.url}"
    if isinstance(error, openai.APIStatusError):
        return f"{place} {_of_status(error, server, models)}."
    if isinstance(error.__cause__, UnreadableAnswer):
        return f"{place} gives no chat completion; check --base-url (it often ends in /v1)."
    if isinstance(error.__cause__, httpx2.ConnectError):
        return f"No server can be reached at {server.url}; start it, or check --base-url."
    times = "asked once" if server.attempts == 1 else f"asked {server.attempts} times"
    if isinstance(error, openai.APITimeoutError):
        return f"{place} doesn't answer in time, {times}; ask fewer questions at once or allow more time."
    if isinstance(error, openai.APIConnectionError):
        return f"{place} dropped the connection, {times}; see what it logs, and start the command again."
    return f"{place} gives no usable answer ({_shortened(error.message)})."


def _of_status(error: openai.APIStatusError, server: Server, models: Sequence[str]) -> str:
    match error.status_code:
        case 401:
            return f"refuses the key; set the environment variable {server.key_variable} to a valid one"
        case 403:
            return (
                f"doesn't allow {server.model} to the key in the environment variable {server.key_variable}"
            )
        case 404 if models:
            shown = ", ".join(models[:_MODELS_SHOWN]) + (", …" if len(models) > _MODELS_SHOWN else "")
            return f"has no model {server.model}; it has {shown}"
        case 404:
            return (
                f"has no model {server.model}, or no chat API; check the model's name and --base-url "
                "(it often ends in /v1)"
            )
        case 429:
            said = _shortened(complaint(error))
            return f"refuses more requests (status 429: {said}); wait, or ask fewer in a minute"
        case status if status >= 500:
            return f"fails (status {status}), again and again; see what it logs, and start the command again"
        case status:
            return f"refuses the request (status {status}: {_shortened(complaint(error))})"


def _shortened(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= _COMPLAINT_SHOWN else line[:_COMPLAINT_SHOWN] + "…"
