"""Which model a name stands for."""

from __future__ import annotations

import builtins
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from kgalign.errors import InputError
from kgalign.vote.clients import ModelOptions, open_model


@pytest.mark.parametrize("spec", ["", "gpt", "openai:", "local:", "ollama:gemma", ":"])
def test_what_names_no_model_is_refused(spec: str) -> None:
    with pytest.raises(InputError, match="names no language model; write openai:MODEL"):
        open_model(spec)


def test_names_may_hold_colons() -> None:
    model = open_model("openai:gemma3:270m", ModelOptions(base_url="http://localhost:11434/v1"))
    assert model.name.startswith("openai:gemma3:270m at http://localhost:11434/v1")


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def without_openai(name: str, *arguments: Any, **named: Any) -> Any:
        if name.split(".")[0] == "openai":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return imported(name, *arguments, **named)

    for module in ("openai_server", "failures"):
        monkeypatch.delitem(sys.modules, f"kgalign.vote.clients.{module}", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_openai)
    with pytest.raises(InputError, match=r"pip install 'kgalign\[llm\]'"):
        open_model("openai:small", ModelOptions(base_url="http://localhost/v1"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"concurrency": 0},
        {"attempts": 0},
        {"timeout": 0},
        {"requests_per_minute": 0},
        {"answer_form": "essay"},
        {"key": "sk-1"},
    ],
)
def test_options_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ModelOptions(**wrong)
