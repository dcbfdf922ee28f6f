from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kgalign.encode.checkpoint import read_checkpoint
from kgalign.encode.registry import load_encoder
from kgalign.encode.sbert import SentenceTransformersEncoder
from kgalign.errors import InputError

Make = Callable[[str], Path]


def test_without_the_extra(small_model: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(small_model("bert"), tmp_path / "dense")
    kinds = {"Transformer": "", "Pooling": "1_Pooling", "Dense": "2_Dense"}
    modules = [{"type": f"sentence_transformers.models.{kind}", "path": path} for kind, path in kinds.items()]
    (folder / "modules.json").write_text(json.dumps(modules))
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(InputError, match=r"pip install kgalign\[sentence-transformers\]"):
        load_encoder(str(folder))


def test_a_model_with_a_dense_layer(small_model: Make, tmp_path: Path) -> None:
    library = pytest.importorskip("sentence_transformers", reason="the extra sentence-transformers")
    base = library.SentenceTransformer(str(small_model("bert")), device="cpu")
    from sentence_transformers import models

    dense = models.Dense(32, 16)
    model = library.SentenceTransformer(modules=[base[0], base[1], dense], device="cpu")
    model.save_pretrained(str(tmp_path / "dense"))
    encoder = SentenceTransformersEncoder(
        read_checkpoint(tmp_path / "dense", "dense"), device="cpu", precision="float32"
    )
    texts = ["abc", "hello", ""]
    ours = encoder.encode(texts)
    assert encoder.dimension == 16
    assert (ours[:2] * model.encode(texts[:2], normalize_embeddings=True)).sum(1).min() > 0.999
    assert not ours[2].any()
    assert np.array_equal(encoder.encode(texts * 7), np.tile(ours, (7, 1)))


def test_a_plain_saved_model_needs_no_library(
    small_model: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = pytest.importorskip("sentence_transformers", reason="the extra sentence-transformers")
    model = library.SentenceTransformer(str(small_model("bert")), device="cpu")
    model.save_pretrained(str(tmp_path / "saved"))
    expected = model.encode(["abc"], normalize_embeddings=True)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    encoder = load_encoder(str(tmp_path / "saved"), device="cpu", cache=False)
    assert (encoder.encode(["abc"]) * expected).sum() > 0.999
