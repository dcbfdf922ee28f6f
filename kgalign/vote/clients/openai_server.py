"""A language model behind any server that speaks the OpenAI API: vLLM, Ollama, llama.cpp, OpenAI, others."""

from __future__ import annotations

import asyncio
import os
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from openai.types.chat import ChatCompletion
from openai.types.chat.chat_completion import Choice

from kgalign.errors import InputError
from kgalign.vote.answers import letter_index
from kgalign.vote.clients.failures import Server, UnreadableAnswer, complaint, explained
from kgalign.vote.clients.letter_probabilities import letter_log_probabilities
from kgalign.vote.clients.options import ModelOptions
from kgalign.vote.clients.pacing import RequestPace
from kgalign.vote.clients.request_form import RequestForm
from kgalign.vote.language_model import ModelError, Prompt, Reply

_OPENAI = "https://api.openai.com/v1"
_BASE_URL_VARIABLE = "OPENAI_BASE_URL"
# Servers on one's own machine want no key, the library wants one.
_NO_KEY = "none"
# A server that was never reached is more likely misspelt than busy.
_FIRST_ATTEMPTS = 3


class OpenAIServer:
    """A model behind an OpenAI-compatible server, over HTTP.

    Requests that fail (status 408, 409, 429 or 5xx, a time-out, a dropped connection, an answer that
    isn't JSON) are sent again with exponential back-off and jitter, and after as long as the server
    says where it says so. What a server or a model refuses (log-probabilities, a temperature, …) is
    left out from then on. To be used within one event loop.

    Args:
        model: its name, as the server knows it.
        options: where it is, and how to ask it.

    Raises:
        InputError: if the base URL isn't one.
        ModelError: if OpenAI itself is to be asked and there is no key in the environment.
    """

    def __init__(self, model: str, options: ModelOptions) -> None:
        given = options.base_url or os.environ.get(_BASE_URL_VARIABLE)
        base_url = given or _OPENAI
        key = os.environ.get(options.key_variable, "").strip()
        if not key and given is None:
            raise ModelError(
                f"There is no key for {_OPENAI}: set the environment variable {options.key_variable}, "
                "or name another server with --base-url."
            )
        self._server = Server(_without_secrets(base_url), model, options.key_variable, options.attempts, key)
        self._options = options
        self._form = RequestForm.first(options.answer_form, options.top_logprobs, options.seed)
        self._slots = asyncio.Semaphore(options.concurrency)
        self._pace = RequestPace(options.requests_per_minute)
        self._reached = False
        self._client = openai.AsyncOpenAI(
            api_key=key or _NO_KEY,
            base_url=base_url,
            timeout=options.timeout,
            max_retries=options.attempts - 1,
            http_client=openai.DefaultAsyncHttpxClient(
                event_hooks={"request": [self._before_request], "response": [self._after_response]}
            ),
        )

    @property
    def name(self) -> str:
        """Model, server and how it is asked; no key."""
        asked = f"{self._options.answer_form}/{self._options.top_logprobs}, seed {self._options.seed}"
        return f"openai:{self._server.model} at {self._server.url}, {asked}, temperature 0"

    async def ask(self, prompt: Prompt) -> Reply:
        """Answer one question; at most ``options.concurrency`` are under way at once.

        Raises:
            ModelError: if no answer can be had.
        """
        async with self._slots:
            try:
                return await self._answer(prompt)
            except openai.NotFoundError as error:
                message = explained(error, self._server, await self._other_models())
            except openai.APIError as error:
                message = explained(error, self._server)
        # Outside of the handler: what the server said may repeat the key.
        raise ModelError(message)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _answer(self, prompt: Prompt) -> Reply:
        """Ask, in another form as long as the server's answers call for one."""
        while True:
            form = self._form
            try:
                completion = await self._complete(form, prompt)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if not self._change(form, form.after_refusal(complaint(error))):
                    raise
                continue
            choice = completion.choices[0]
            if form.top_logprobs is not None and not _tells_log_probabilities(choice):
                if not self._change(form, form.without_logprobs()):
                    raise ModelError(
                        f"The server at {self._server.url} gives no log-probabilities; choose the answer "
                        "form auto or json."
                    )
                form = self._form
                if letter_index(choice.message.content or "", prompt.letters) is None:
                    continue
            if not form.thinking and _thinks(completion):
                self._change(form, form.with_thinking())
                continue
            return _reply(completion, prompt, form)

    def _change(self, tried: RequestForm, better: RequestForm | None) -> bool:
        """Go on with *better*, unless another question has changed the form meanwhile."""
        if self._form == tried and better is not None:
            self._form = better
        return self._form != tried

    async def _complete(self, form: RequestForm, prompt: Prompt) -> ChatCompletion:
        # Any: the library's overloads can't be chosen by a dictionary.
        arguments: dict[str, Any] = {"model": self._server.model, **form.arguments(prompt)}
        if not self._reached and self._options.attempts > _FIRST_ATTEMPTS:
            try:
                hasty = self._client.with_options(max_retries=_FIRST_ATTEMPTS - 1)
                return await self._checked(hasty, arguments)
            except openai.APIConnectionError as error:
                if isinstance(error.__cause__, httpx2.ConnectError):
                    raise
            except (openai.RateLimitError, openai.InternalServerError):
                pass
        return await self._checked(self._client, arguments)

    async def _checked(self, client: openai.AsyncOpenAI, arguments: dict[str, Any]) -> ChatCompletion:
        completion: ChatCompletion = await client.chat.completions.create(**arguments)
        return completion

    async def _before_request(self, request: httpx2.Request) -> None:
        await self._pace.wait()

    async def _after_response(self, response: httpx2.Response) -> None:
        """Have the library try again where the answer is no answer."""
        self._reached = True
        if response.request.method != "POST" or not response.is_success:
            return
        await response.aread()
        try:
            answered = bool(response.json()["choices"][0]["message"])
        except (ValueError, KeyError, IndexError, TypeError):
            answered = False
        if not answered:
            raise UnreadableAnswer("not a chat completion", request=response.request)

    async def _other_models(self) -> list[str]:
        """Names of the models that the server lists; none where it lists none."""
        try:
            listed = await self._client.with_options(max_retries=1).models.list()
            return sorted(str(model.id) for model in listed.data or [])
        except (openai.APIError, ValueError, AttributeError, TypeError):
            return []


def _without_secrets(base_url: str) -> str:
    """The URL as it may be shown: without user, password and query.

    Raises:
        InputError: if it isn't a URL of HTTP.
    """
    try:
        parts = urlsplit(base_url)
        place, port = parts.hostname, parts.port
    except ValueError:
        place, port = None, None
    if place is None or parts.scheme not in ("http", "https"):
        raise InputError(
            "the base URL isn't one",
            remedy="give the server's address with http:// or https://, such as http://localhost:8000/v1",
        )
    host = f"[{place}]" if ":" in place else place
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"


def _tells_log_probabilities(choice: Choice) -> bool:
    return bool(choice.logprobs and choice.logprobs.content and choice.logprobs.content[0].top_logprobs)


def _thinks(completion: ChatCompletion) -> bool:
    """Whether the model began to think and was cut off before it answered."""
    choice = completion.choices[0]
    if choice.finish_reason != "length":
        return False
    thoughts = (choice.message.model_extra or {}).keys() & {"reasoning", "reasoning_content"}
    if any((choice.message.model_extra or {})[key] for key in thoughts):
        return True
    details = completion.usage and completion.usage.completion_tokens_details
    return bool(details and details.reasoning_tokens) or (choice.message.content or "").lstrip().startswith(
        "<think"
    )


def _reply(completion: ChatCompletion, prompt: Prompt, form: RequestForm) -> Reply:
    choice, usage = completion.choices[0], completion.usage
    return Reply(
        text=choice.message.content or "",
        log_probabilities=None if form.top_logprobs is None else _log_probabilities(choice, prompt.letters),
        input_tokens=usage.prompt_tokens if usage else 0,
        output_tokens=usage.completion_tokens if usage else 0,
    )


def _log_probabilities(choice: Choice, letters: tuple[str, ...]) -> tuple[float, ...]:
    """Of each letter at the first token, or, after thoughts, at the last token that is a letter."""
    tokens = (choice.logprobs and choice.logprobs.content) or []
    deciding = next((token for token in reversed(tokens) if token.token.strip() in letters), tokens[0])
    # Some servers list the chosen token a second time.
    distinct = dict.fromkeys((top.token, top.logprob) for top in deciding.top_logprobs)
    return letter_log_probabilities(distinct, letters)
