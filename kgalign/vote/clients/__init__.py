"""Language models to ask: behind a server, or on this machine."""

from __future__ import annotations

from kgalign.errors import InputError
from kgalign.vote.clients.options import AnswerForm, ModelOptions
from kgalign.vote.language_model import LanguageModel

__all__ = ["AnswerForm", "ModelOptions", "open_model"]


def open_model(spec: str, options: ModelOptions | None = None) -> LanguageModel:
    """Open the language model that *spec* names.

    Args:
        spec: ``openai:MODEL`` for a model behind an OpenAI-compatible server, or ``local:PATH`` for a
            folder (or cached name) of a causal language model of transformers.
        options: how to reach and ask it.

    Raises:
        InputError: if *spec* is neither, or a package or a file is missing.
        ModelError: if there is no key.
    """
    kind, _, model = spec.partition(":")
    chosen = options or ModelOptions()
    if kind == "openai" and model:
        try:
            from kgalign.vote.clients.openai_server import OpenAIServer
        except ModuleNotFoundError as error:
            raise InputError(
                "the package openai isn't installed", remedy="install it with pip install 'kgalign[llm]'"
            ) from error
        return OpenAIServer(model, chosen)
    if kind == "local" and model:
        from kgalign.vote.clients.local_model import LocalModel

        return LocalModel(model, chosen)
    raise InputError(
        f"{spec!r} names no language model",
        remedy="write openai:MODEL for one behind a server, or local:PATH for one on this machine",
    )
