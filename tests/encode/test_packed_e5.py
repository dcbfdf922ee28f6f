from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kgalign.encode.packed_e5 import PackedE5, dequantize
from kgalign.errors import InputError


def test_dequantize_one_block() -> None:
    block = np.zeros(1, [("scale", "<f2"), ("nibbles", "u1", (16,))])
    block["scale"] = 0.5
    block["nibbles"][0] = 0x88
    block["nibbles"][0, 0] = 0x0F
    block["nibbles"][0, 15] = 0xF0
    expected = np.zeros(32)
    expected[[0, 15, 16, 31]] = [3.5, -4.0, -4.0, 3.5]
    assert dequantize(block)[0].tolist() == expected.tolist()


def test_head_and_vocabulary(small_packed: Path) -> None:
    model = PackedE5(small_packed)
    assert model.architecture.hidden == 32
    assert model.architecture.epsilon == 1e-12
    assert model.vocabulary.pieces[:5] == ["<s>", "<pad>", "</s>", "<unk>", "▁"]
    assert model.replacements == {"\t": " ", "ﬁ": "fi"}
    assert model.tensor("l0.fi.w", (64, 32)).shape == (64, 32)


def test_unknown_tensor_and_wrong_shape(small_packed: Path) -> None:
    model = PackedE5(small_packed)
    with pytest.raises(InputError, match=r"no tensor l9\.q\.w"):
        model.tensor("l9.q.w", (32, 32))
    with pytest.raises(InputError, match="no tensor"):
        model.tensor("l0.q.w", (32, 31))


@pytest.mark.parametrize("content", [b"", b"E5S1", b"<html>" + bytes(100)])
def test_not_a_packed_model(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a readable packed e5 model"):
        PackedE5(path)


def test_truncated_model(small_packed: Path, tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(small_packed.read_bytes()[:-100])
    with pytest.raises(InputError):
        PackedE5(path).tensor("l0.oln.b", (32,))
