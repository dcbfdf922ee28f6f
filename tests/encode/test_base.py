"""What every encoder promises, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kgalign.encode.base import TextEncoder
from kgalign.encode.cache import CachedEncoder
from kgalign.encode.characters import CharacterEncoder
from kgalign.encode.checkpoint import read_checkpoint
from kgalign.encode.transformer import TransformerEncoder

Load = Callable[[str], TransformerEncoder]


@pytest.fixture(params=["characters", "e5 auto", "e5 float32", "e5 int8", "cached", "distilbert"])
def encoder(
    request: pytest.FixtureRequest, e5: Load, small_model: Callable[[str], Path], tmp_path: Path
) -> TextEncoder:
    name = str(request.param)
    if name == "characters":
        return CharacterEncoder(dimension=256)
    if name == "cached":
        return CachedEncoder(CharacterEncoder(dimension=256), tmp_path / "cached")
    if name == "distilbert":
        return TransformerEncoder(read_checkpoint(small_model("distilbert"), "small"), device="cpu")
    return e5(name.removeprefix("e5 "))


def test_shape_type_and_length(encoder: TextEncoder, labels: list[str]) -> None:
    vectors = encoder.encode(labels)
    assert vectors.shape == (len(labels), encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(labels)), abs=1e-3)


def test_nothing_to_encode(encoder: TextEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_empty_text_is_the_zero_vector(encoder: TextEncoder) -> None:
    vectors = encoder.encode(["", "a", " \n\t"])
    assert not vectors[[0, 2]].any()
    assert vectors[1].any()


def test_a_vector_does_not_depend_on_the_company(encoder: TextEncoder, labels: list[str]) -> None:
    together = encoder.encode(labels * 9)
    alone = np.concatenate([encoder.encode([label]) for label in labels])
    backwards = encoder.encode(labels[::-1])[::-1]
    assert np.array_equal(together, np.tile(alone, (9, 1)))
    assert np.array_equal(alone, backwards)


def test_twice_the_same_bytes(encoder: TextEncoder, labels: list[str]) -> None:
    assert encoder.encode(labels).tobytes() == encoder.encode(labels).tobytes()


def test_odd_texts(encoder: TextEncoder) -> None:
    vectors = encoder.encode(
        ["\ud800 broken surrogate", "nul \0 inside", "x" * 100_000, "</s><pad>", "🙂" * 50]
    )
    assert np.isfinite(vectors).all()


def test_identity_is_stable(encoder: TextEncoder) -> None:
    assert encoder.identity == encoder.identity != ""
