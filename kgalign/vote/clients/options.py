"""What a person can choose about the language model that is asked."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, field_serializer

AnswerForm = Literal["auto", "letters", "json"]


class ModelOptions(BaseModel):
    """Options of :func:`kgalign.vote.clients.open_model`.

    Attributes:
        base_url: where an OpenAI-compatible server is, up to and including ``/v1``; None for the
            environment variable ``OPENAI_BASE_URL``, and OpenAI itself where there is none.
        key_variable: name of the environment variable that holds the key.
        concurrency: at most this many questions are under way at once.
        requests_per_minute: at most this many requests are sent in a minute, repeated ones included;
            None for no limit.
        timeout: seconds to wait for an answer before the request is sent again.
        attempts: a request that fails is sent at most this many times.
        answer_form: ``letters`` asks for one letter and the log-probabilities of all; ``json`` for an
            object that the server holds to a schema; ``auto`` for letters, with log-probabilities
            where the server gives them.
        top_logprobs: how many tokens' log-probabilities to ask for; where the server refuses so many,
            20 and 5 are tried. Most servers allow 20, llama.cpp any number.
        device: where a local model computes: ``auto`` (a GPU if there is one), ``cpu``, ``cuda``, …
        seed: passed on to the server; answers are taken at temperature 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str | None = None
    key_variable: str = Field(default="OPENAI_API_KEY", min_length=1)
    concurrency: int = Field(default=4, ge=1, le=1000)
    requests_per_minute: float | None = Field(default=None, gt=0)
    timeout: float = Field(default=60.0, gt=0)
    attempts: int = Field(default=8, ge=1, le=100)
    answer_form: AnswerForm = "auto"
    top_logprobs: int = Field(default=20, ge=1, le=1000)
    device: str = "auto"
    seed: int = 0

    @field_serializer("base_url")
    def _without_password(self, url: str | None) -> str | None:
        """What is written beside the output holds no user, no password and no query."""
        if url is None:
            return None
        parts = urlsplit(url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
