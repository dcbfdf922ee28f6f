"""A real language model behind a real server (llama.cpp)."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest
from llama_server import LlamaServer

from kgalign.vote.answer_cache import CachedModel
from kgalign.vote.answers import letter_index
from kgalign.vote.clients import ModelOptions, open_model
from kgalign.vote.language_model import ModelError, Prompt, Reply

LETTERS = tuple("ABCDEF")
PROMPT = Prompt(
    "Choose the right option.",
    "Which is the capital of France?\nA. Berlin\nB. Paris\nC. Rome\nD. Madrid\nE. Lisbon\nF. none of these",
    LETTERS,
)


def test_a_question_gets_a_letter_and_is_asked_once(llama_server: LlamaServer, tmp_path: Path) -> None:
    async def ask_twice() -> list[Reply]:
        options = ModelOptions(base_url=llama_server.url, top_logprobs=100)
        model = CachedModel(open_model(f"openai:{llama_server.model}", options), tmp_path / "answers")
        replies = [await model.ask(PROMPT) for _ in range(2)]
        await model.close()
        return replies

    first, second = asyncio.run(ask_twice())
    chosen = letter_index(first.text, LETTERS)
    assert chosen is not None
    assert first.log_probabilities is not None
    assert all(math.isfinite(value) for value in first.log_probabilities)
    # Most of the probability is on the letters, and the model writes the likeliest of them.
    assert sum(math.exp(value) for value in first.log_probabilities) > 0.5
    assert first.log_probabilities[chosen] == max(first.log_probabilities)
    assert first.input_tokens > 40 and first.output_tokens == 1
    assert not first.cached and second.cached
    assert (second.text, second.log_probabilities) == (first.text, first.log_probabilities)


def test_the_same_question_has_the_same_answer(llama_server: LlamaServer) -> None:
    async def ask_thrice() -> list[Reply]:
        model = open_model(f"openai:{llama_server.model}", ModelOptions(base_url=llama_server.url))
        replies = await asyncio.gather(*(model.ask(PROMPT) for _ in range(3)))
        await model.close()
        return replies

    replies = asyncio.run(ask_thrice())
    assert replies[1:] == replies[:-1]


def test_json_holds_one_of_the_letters(llama_server: LlamaServer) -> None:
    async def ask() -> Reply:
        options = ModelOptions(base_url=llama_server.url, answer_form="json")
        model = open_model(f"openai:{llama_server.model}", options)
        reply = await model.ask(PROMPT)
        await model.close()
        return reply

    reply = asyncio.run(ask())
    assert letter_index(reply.text, LETTERS) is not None
    assert reply.log_probabilities is None


def test_a_prompt_longer_than_the_context_is_refused(llama_server: LlamaServer) -> None:
    async def ask() -> Reply:
        model = open_model(f"openai:{llama_server.model}", ModelOptions(base_url=llama_server.url))
        try:
            return await model.ask(Prompt("", "word " * 6000, LETTERS))
        finally:
            await model.close()

    with pytest.raises(ModelError, match=r"refuses the request \(status 400: .*context"):
        asyncio.run(ask())
