"""What is asked of a language model and what it answers, whichever model it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kgalign.errors import KgalignError


class ModelError(KgalignError):
    """The language model can't be asked: no such model, no key, or a server that doesn't answer."""


@dataclass(frozen=True)
class Prompt:
    """One multiple-choice question as it is sent.

    Attributes:
        system: the instructions.
        user: the question: graph text, fenced as data, and the options.
        letters: the answers allowed, one capital letter per option, in the order in which they are shown.
    """

    system: str
    user: str
    letters: tuple[str, ...]


@dataclass(frozen=True)
class Reply:
    """What came back.

    Attributes:
        text: the answer as the model gave it; it need not be one of the letters.
        log_probabilities: natural logarithm of the probability of each letter, in their order, as far as
            the model tells them (-inf for a letter that it doesn't); None where it tells none.
        input_tokens: length of the prompt, as the model counts it.
        output_tokens: length of the answer.
        cached: whether it was known from an earlier call, so that it cost nothing.
    """

    text: str
    log_probabilities: tuple[float, ...] | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cached: bool = False


class LanguageModel(Protocol):
    """Anything that answers multiple-choice questions."""

    @property
    def name(self) -> str:
        """Tells the model and the settings that change its answers apart from all others."""
        ...

    async def ask(self, prompt: Prompt) -> Reply:
        """Answer one question; several may be asked at once.

        Raises:
            ModelError: if no answer can be had, after as many attempts as make sense.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
