from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from kgalign.encode.checkpoint import read_checkpoint
from kgalign.encode.transformer import TransformerEncoder, resolve_device
from kgalign.errors import InputError

Make = Callable[[str], Path]


def encoder(folder: Path, **options: str) -> TransformerEncoder:
    return TransformerEncoder(read_checkpoint(folder, "small"), device="cpu", **options)


def test_mean_pooling_by_hand(small_model: Make) -> None:
    from transformers import AutoModel

    model = AutoModel.from_pretrained(small_model("bert")).eval()
    with torch.inference_mode():
        hidden = model(torch.tensor([[0, 4, 5, 2]])).last_hidden_state[0]
    mean, first = hidden.mean(0).numpy(), hidden[0].numpy()
    folder = small_model("bert")
    (by_mean,) = encoder(folder, precision="float32").encode(["ab"])
    (by_first,) = encoder(folder, precision="float32", pooling="cls").encode(["ab"])
    assert by_mean == pytest.approx(mean / np.linalg.norm(mean), abs=1e-3)
    assert by_first == pytest.approx(first / np.linalg.norm(first), abs=1e-3)


def test_prefix(small_model: Make) -> None:
    folder = small_model("bert")
    assert encoder(folder).prefix == ""
    prefixed = encoder(folder, prefix="xy").encode(["z"])
    assert np.array_equal(prefixed, encoder(folder).encode(["xyz"]))


def test_values_are_float16(small_model: Make) -> None:
    vectors = encoder(small_model("bert")).encode(["abc", "d"])
    assert np.array_equal(vectors, vectors.astype(np.float16))


def test_white_space_around_a_text(small_model: Make) -> None:
    first, second = encoder(small_model("bert")).encode(["  abc\n", "abc"])
    assert np.array_equal(first, second)


def test_long_texts_are_cut(small_model: Make) -> None:
    first, second = encoder(small_model("xlm-roberta")).encode(["a" * 60 + "b" * 400, "a" * 60 + "c" * 400])
    assert np.array_equal(first, second)


def test_what_changes_a_vector_changes_the_identity(small_model: Make) -> None:
    folder = small_model("bert")
    identities = {
        encoder(folder, precision="float32").identity,
        encoder(folder, precision="int8").identity,
        encoder(folder, precision="float32", prefix="x").identity,
        encoder(folder, precision="float32", pooling="cls").identity,
        encoder(small_model("roberta"), precision="float32").identity,
    }
    assert len(identities) == 5


def test_options_that_do_not_exist(small_model: Make) -> None:
    with pytest.raises(InputError, match="'max' is not a pooling"):
        encoder(small_model("bert"), pooling="max")
    with pytest.raises(InputError, match="'fp4' is not a precision"):
        encoder(small_model("bert"), precision="fp4")
    with pytest.raises(InputError, match="there is no device 'abacus'"):
        resolve_device("abacus")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_gpu_agrees(small_model: Make) -> None:
    checkpoint = read_checkpoint(small_model("bert"), "small")
    texts = ["abc", "d", "hello there"] * 20
    on_gpu = TransformerEncoder(checkpoint, device="cuda", precision="float32")
    assert np.allclose(
        on_gpu.encode(texts), encoder(small_model("bert"), precision="float32").encode(texts), atol=2e-3
    )
    assert np.array_equal(on_gpu.encode(texts[:1]), on_gpu.encode(texts)[:1])
