"""A causal language model of transformers, on this machine."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from kgalign.encode.transformer import resolve_device
from kgalign.errors import InputError
from kgalign.vote.clients.letter_probabilities import letter_log_probabilities
from kgalign.vote.clients.options import ModelOptions
from kgalign.vote.language_model import ModelError, Prompt, Reply

# What a model without a chat template completes: after this it nearly always goes on with a letter.
_BEGUN_ANSWER = "The correct answer is ("


class LocalModel:
    """Answers by the most probable letter, from the logits of the next token.

    A letter's probability is that of the tokens that are this letter with any white space around it.
    Questions are answered one after the other, in a thread, so that the event loop goes on. Nothing is
    fetched: the model must be on this machine, its weights in safetensors, and none of its code is run.

    Args:
        model: folder of the model, or its name if Hugging Face's cache has it.
        options: of these, only the device counts.

    Raises:
        InputError: if there is no such model or device, or the model can't be loaded.
    """

    def __init__(self, model: str, options: ModelOptions) -> None:
        self._device = resolve_device(options.device)
        try:
            # Any: transformers' factories return classes that it chooses at run time.
            self._tokenizer: Any = AutoTokenizer.from_pretrained(
                model, local_files_only=True, trust_remote_code=False
            )
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                model, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype="auto"
            )
        except (OSError, ValueError, ImportError, KeyError) as error:
            raise InputError(
                "isn't a causal language model of transformers on this machine, with weights in safetensors "
                f"({_first_line(error)})",
                path=model,
            ) from error
        self._model = loaded.to(self._device).eval()
        self._letter_tokens: dict[tuple[str, ...], list[tuple[int, str]]] = {}
        self._name = f"local:{model} {_fingerprint(self._model)} {self._model.dtype} on {self._device.type}"
        self._turn = threading.Lock()

    @property
    def name(self) -> str:
        """Path or name, a hash of the weights, their precision, and the kind of device."""
        return self._name

    async def ask(self, prompt: Prompt) -> Reply:
        """Answer one question.

        Raises:
            ModelError: if the prompt is too long for the model or the memory.
        """
        return await asyncio.to_thread(self._answer, prompt)

    async def close(self) -> None:
        """Nothing is held but memory."""

    def _answer(self, prompt: Prompt) -> Reply:
        with self._turn, torch.inference_mode():
            ids = self._token_ids(prompt)
            longest = getattr(self._model.config, "max_position_embeddings", None)
            if longest is not None and len(ids) > longest:
                raise ModelError(
                    f"The prompt has {len(ids)} tokens and the model reads {longest}; show fewer facts or "
                    "candidates."
                )
            try:
                logits = self._model(torch.tensor([ids], device=self._device)).logits[0, -1]
            except torch.OutOfMemoryError as error:
                raise ModelError("The device's memory is too small for this prompt.") from error
            known = torch.log_softmax(logits.float(), -1).cpu()
        tokens = self._tokens_of(prompt.letters)
        told = letter_log_probabilities(
            ((text, float(known[place])) for place, text in tokens), prompt.letters
        )
        best = max(range(len(told)), key=told.__getitem__)
        return Reply(prompt.letters[best], told, input_tokens=len(ids), output_tokens=1)

    def _token_ids(self, prompt: Prompt) -> list[int]:
        if not self._tokenizer.chat_template:
            text = f"{prompt.system}\n\n{prompt.user}\n\n{_BEGUN_ANSWER}"
            return list(self._tokenizer(text)["input_ids"])
        system = {"role": "system", "content": prompt.system}
        user = {"role": "user", "content": prompt.user}
        try:
            text = self._chat([system, user])
        except Exception:
            # Templates without a system role raise whatever their author chose.
            text = self._chat([{"role": "user", "content": f"{prompt.system}\n\n{prompt.user}"}])
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _chat(self, messages: list[dict[str, str]]) -> str:
        # Templates of models that can think take the last argument, the others ignore it.
        return str(
            self._tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
            )
        )

    def _tokens_of(self, letters: tuple[str, ...]) -> Sequence[tuple[int, str]]:
        """Ids and texts of the tokens that are a letter, told apart by number, for white space differs."""
        if letters not in self._letter_tokens:
            size = self._model.get_output_embeddings().weight.shape[0]
            self._letter_tokens[letters] = [
                (place, text)
                for place in range(min(size, len(self._tokenizer)))
                if (text := self._tokenizer.decode([place])).strip() in letters
            ]
        return self._letter_tokens[letters]


def _fingerprint(model: Any) -> str:
    """A hash of the weights' names, shapes and first values: enough to tell trained models apart."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        few = tensor.flatten()[:64].float().cpu().numpy().tobytes()
        digest.update(f"{name} {tuple(tensor.shape)} ".encode() + few)
    return digest.hexdigest()[:16]


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0].rstrip(".")[:200]
