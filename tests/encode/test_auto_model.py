from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from kgalign.encode.auto_model import AutoEncoderModel, AutoTokenIds
from kgalign.encode.checkpoint import read_checkpoint
from kgalign.encode.transformer import TransformerEncoder
from kgalign.errors import InputError

Make = Callable[[str], Path]
CPU = torch.device("cpu")


@pytest.mark.parametrize("model_type", ["distilbert", "mpnet", "t5"])
def test_token_vectors(small_model: Make, model_type: str) -> None:
    model = AutoEncoderModel(small_model(model_type), "float32", CPU)
    with torch.inference_mode():
        assert model(torch.full((3, 5), 7)).shape == (3, 5, 32)
    assert model.hidden_size == 32


@pytest.mark.parametrize("precision", ["bfloat16", "int8"])
@pytest.mark.parametrize("model_type", ["distilbert", "t5"])
def test_precisions_agree(small_model: Make, model_type: str, precision: str) -> None:
    checkpoint = read_checkpoint(small_model(model_type), "small")
    texts = ["abc", "hello there", "0123"]
    exact = TransformerEncoder(checkpoint, device="cpu", precision="float32").encode(texts)
    rough = TransformerEncoder(checkpoint, device="cpu", precision=precision).encode(texts)
    assert (exact * rough).sum(1).min() > 0.99


def test_same_as_the_packed_pass(small_model: Make) -> None:
    folder = small_model("bert")
    ids = AutoTokenIds(folder, 20)(["abc"])
    assert ids == [[0, 4, 5, 6, 2]]
    assert len(AutoTokenIds(folder, 4)(["abcdef"])[0]) == 4


def test_pickled_weights_are_refused(small_model: Make, tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    shutil.copytree(small_model("distilbert"), folder)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="can't be loaded as a transformer"):
        AutoEncoderModel(folder, "float32", CPU)


def test_no_tokenizer(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no usable tokenizer"):
        AutoTokenIds(tmp_path, 20)
