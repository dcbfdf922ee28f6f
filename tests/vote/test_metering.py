from __future__ import annotations

import asyncio

import pytest

from kgalign.vote.language_model import Prompt, Reply
from kgalign.vote.metering import MeteredModel


class Known:
    """Knows every other answer from before."""

    name = "known"
    asked = 0
    closed = False

    async def ask(self, prompt: Prompt) -> Reply:
        self.asked += 1
        return Reply("A", input_tokens=400_000, output_tokens=100_000, cached=self.asked % 2 == 0)

    async def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("prices", "told"),
    [((2.0, 10.0), ["cost 1.80", "cost 3.60"]), ((0.0, 0.0), ["500k tokens", "1,000k tokens"])],
)
def test_what_was_paid_for_is_told_and_what_was_known_is_not(
    prices: tuple[float, float], told: list[str]
) -> None:
    shown: list[str] = []
    known = Known()

    async def ask() -> None:
        model = MeteredModel(known, prices, shown.append)
        assert model.name == "known"
        for _ in range(4):
            await model.ask(Prompt("", "", ("A", "B")))
        await model.close()

    asyncio.run(ask())
    assert shown == told
    assert known.closed
