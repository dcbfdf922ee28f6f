from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from kgalign.encode.packed_bert import PackedBert, is_packable

Make = Callable[[str], Path]


@pytest.mark.parametrize("model_type", ["bert", "roberta", "xlm-roberta"])
def test_same_as_transformers(small_model: Make, model_type: str) -> None:
    from transformers import AutoModel

    folder = small_model(model_type)
    assert is_packable(folder)
    ids = torch.randint(4, 40, (5, 9), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        theirs = AutoModel.from_pretrained(folder).eval()(ids).last_hidden_state
        ours = PackedBert(folder, "float32", torch.device("cpu"))(ids)
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_longest(small_model: Make) -> None:
    cpu = torch.device("cpu")
    assert PackedBert(small_model("bert"), "float32", cpu).longest == 64
    assert PackedBert(small_model("xlm-roberta"), "float32", cpu).longest == 62


@pytest.mark.parametrize("model_type", ["distilbert", "t5"])
def test_other_types_are_not_packable(small_model: Make, model_type: str) -> None:
    assert not is_packable(small_model(model_type))


@pytest.mark.parametrize(
    "change", [{"hidden_act": "relu"}, {"position_embedding_type": "relative_key"}, {"is_decoder": True}]
)
def test_other_shapes_are_not_packable(small_model: Make, tmp_path: Path, change: dict[str, object]) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(small_model("bert"), folder)
    config = json.loads((folder / "config.json").read_text()) | change
    (folder / "config.json").write_text(json.dumps(config))
    assert not is_packable(folder)


def test_no_checkpoint(tmp_path: Path) -> None:
    assert not is_packable(tmp_path)
