"""What a vote has cost so far, while it goes on."""

from __future__ import annotations

from collections.abc import Callable

from kgalign.vote.language_model import LanguageModel, Prompt, Reply

_MILLION = 1e6


def cost(input_tokens: int, output_tokens: int, prices: tuple[float, float]) -> float:
    """What so many tokens cost, at *prices* for a million sent and a million answered."""
    return (input_tokens * prices[0] + output_tokens * prices[1]) / _MILLION


class MeteredModel:
    """A language model whose tokens are counted; answers known from before cost nothing.

    Args:
        model: who is asked.
        prices: of a million tokens sent, and answered; 0 where they aren't known.
        tell: shows a few words about the cost; called after every answer that was paid for.
    """

    def __init__(
        self, model: LanguageModel, prices: tuple[float, float], tell: Callable[[str], object]
    ) -> None:
        self._model = model
        self._prices = prices
        self._tell = tell
        self._sent = self._answered = 0

    @property
    def name(self) -> str:
        """The model's own name."""
        return self._model.name

    async def ask(self, prompt: Prompt) -> Reply:
        """Answer one question, and tell what all have cost."""
        reply = await self._model.ask(prompt)
        if not reply.cached:
            self._sent += reply.input_tokens
            self._answered += reply.output_tokens
            self._tell(self._told())
        return reply

    async def close(self) -> None:
        """Close the model."""
        await self._model.close()

    def _told(self) -> str:
        if any(self._prices):
            return f"cost {cost(self._sent, self._answered, self._prices):,.2f}"
        return f"{(self._sent + self._answered) / 1000:,.0f}k tokens"
