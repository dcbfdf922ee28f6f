from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kgalign.encode.checkpoint import find_model, read_checkpoint
from kgalign.errors import InputError

Make = Callable[[str], Path]


@pytest.fixture
def folder(small_model: Make, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_model("bert"), tmp_path / "model"))


def describe(folder: Path, pooling: dict[str, object], *kinds: str) -> None:
    modules = [{"type": "sentence_transformers.models.Transformer", "path": ""}]
    modules.append({"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"})
    modules += [{"type": f"sentence_transformers.models.{kind}", "path": kind} for kind in kinds]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling/config.json").write_text(json.dumps(pooling))


def test_a_plain_transformer(folder: Path) -> None:
    checkpoint = read_checkpoint(folder, "small")
    assert (checkpoint.pooling, checkpoint.prefix, checkpoint.plain) == ("mean", "", True)


@pytest.mark.parametrize(
    ("config", "pooling"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, "mean"),
        ({"pooling_mode": "cls", "include_prompt": True}, "cls"),
    ],
)
def test_poolings_run_here(folder: Path, config: dict[str, object], pooling: str) -> None:
    describe(folder, config, "Normalize")
    checkpoint = read_checkpoint(folder, "small")
    assert checkpoint.plain
    assert checkpoint.pooling == pooling


@pytest.mark.parametrize(
    ("config", "kinds"),
    [
        ({"pooling_mode_max_tokens": True}, ()),
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True}, ()),
        ({"pooling_mode": "lasttoken"}, ()),
        ({"pooling_mode": "mean", "include_prompt": False}, ()),
        ({"pooling_mode": "mean"}, ("Dense",)),
    ],
)
def test_what_needs_sentence_transformers(
    folder: Path, config: dict[str, object], kinds: tuple[str, ...]
) -> None:
    describe(folder, config, *kinds)
    assert not read_checkpoint(folder, "small").plain


def test_default_prompt_is_the_prefix(folder: Path) -> None:
    prompts = {"prompts": {"a": "label: "}, "default_prompt_name": "a"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    assert read_checkpoint(folder, "small").prefix == "label: "


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("intfloat/multilingual-e5-base", "query: "),
        ("intfloat/e5-small-v2", "query: "),
        ("intfloat/multilingual-e5-large-instruct", ""),
        ("someone/code5-base", ""),
    ],
)
def test_e5_models_get_their_prefix(folder: Path, name: str, prefix: str) -> None:
    assert read_checkpoint(folder, name).prefix == prefix


def test_fingerprint_follows_the_weights(folder: Path) -> None:
    before = read_checkpoint(folder, "small").fingerprint()
    assert before == read_checkpoint(folder, "small").fingerprint()
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    assert read_checkpoint(folder, "small").fingerprint() != before


def test_unreadable_description(folder: Path) -> None:
    (folder / "modules.json").write_text("[")
    with pytest.raises(InputError, match="not readable JSON"):
        read_checkpoint(folder, "small")


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no-such-model", "./no/such/folder"])
def test_unknown_model(name: str) -> None:
    with pytest.raises(InputError, match="the model '") as caught:
        find_model(name)
    assert str(caught.value).count(".") <= 2


def test_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a model folder"):
        find_model(str(tmp_path))
