"""How a question is put to an OpenAI-compatible server, and how that changes with what the server refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kgalign.vote.clients.options import AnswerForm
from kgalign.vote.language_model import Prompt

# Numbers of log-probabilities to fall back to: the most that the API's definition allows, and what
# some servers allow.
_FEWER_LOGPROBS = (20, 5)
# With log-probabilities the first token says it all; without, "**Answer: B**" must fit; JSON may come
# with much white space; and a model that thinks before it answers needs room for its thoughts.
_ONE_TOKEN = 1
_FEW_TOKENS = 16
_JSON_TOKENS = 64
_THINKING_TOKENS = 4096


@dataclass(frozen=True)
class RequestForm:
    """What is sent along with a prompt.

    Attributes:
        answer_form: what the person asked for.
        top_logprobs: number of log-probabilities to ask for; None for none.
        thinking: whether the model thinks before it answers.
        completion_limit: whether the length is limited by ``max_completion_tokens``, as newer models
            want it, instead of ``max_tokens``.
        temperature: temperature to ask for; None where the model accepts none.
        seed: seed to ask for; None where the server accepts none.
    """

    answer_form: AnswerForm
    top_logprobs: int | None
    thinking: bool = False
    completion_limit: bool = False
    temperature: float | None = 0.0
    seed: int | None = 0

    @classmethod
    def first(cls, answer_form: AnswerForm, top_logprobs: int, seed: int) -> RequestForm:
        """The form to begin with."""
        return cls(answer_form, None if answer_form == "json" else top_logprobs, seed=seed)

    def arguments(self, prompt: Prompt) -> dict[str, object]:
        """Arguments of the chat completion for *prompt*, except for the model."""
        arguments: dict[str, object] = {
            "messages": [
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": prompt.user},
            ],
            "max_completion_tokens" if self.completion_limit else "max_tokens": self._most_tokens(),
        }
        if self.temperature is not None:
            arguments["temperature"] = self.temperature
        if self.seed is not None:
            arguments["seed"] = self.seed
        if self.top_logprobs is not None:
            arguments |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        if self.answer_form == "json":
            arguments["response_format"] = _schema(prompt.letters)
        return arguments

    def after_refusal(self, complaint: str) -> RequestForm | None:
        """The form that avoids what the server complains of; None if nothing can be left out.

        Args:
            complaint: the message of an answer with status 400 or 422.
        """
        said = complaint.casefold()
        if "logprob" in said and self.top_logprobs is not None:
            return self._with_fewer_logprobs()
        if "context" in said:
            return None
        if "max_completion_tokens" in said and not self.completion_limit:
            # The models that want it count their thoughts in.
            return replace(self, completion_limit=True, thinking=True)
        if "temperature" in said and self.temperature is not None:
            return replace(self, temperature=None)
        if "seed" in said and self.seed is not None:
            return replace(self, seed=None)
        return None

    def without_logprobs(self) -> RequestForm | None:
        """The form for a server that gives no log-probabilities; None if they were insisted on."""
        return None if self.answer_form == "letters" else replace(self, top_logprobs=None)

    def with_thinking(self) -> RequestForm:
        """The form for a model that thinks before it answers."""
        return replace(self, thinking=True)

    def _with_fewer_logprobs(self) -> RequestForm | None:
        fewer = [number for number in _FEWER_LOGPROBS if number < (self.top_logprobs or 0)]
        return replace(self, top_logprobs=fewer[0]) if fewer else self.without_logprobs()

    def _most_tokens(self) -> int:
        if self.thinking:
            return _THINKING_TOKENS
        if self.answer_form == "json":
            return _JSON_TOKENS
        return _FEW_TOKENS if self.top_logprobs is None else _ONE_TOKEN


def _schema(letters: tuple[str, ...]) -> Mapping[str, object]:
    return {
        "type": "json_schema",
        "json_schema": {
            "name": "answer",
            "strict": True,
            "schema": {
                "type": "object",
                "properties": {"answer": {"type": "string", "enum": list(letters)}},
                "required": ["answer"],
                "additionalProperties": False,
            },
        },
    }
