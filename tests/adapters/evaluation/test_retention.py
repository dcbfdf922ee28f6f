from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from kgalign.adapters.evaluation.retention import (
    ContrastiveLoss,
    Retention,
    contrastive_losses,
    retention,
)
from kgalign.encode import TextEncoder
from kgalign.encode.characters import CharacterEncoder


class Axes(TextEncoder):
    """A text is the number of the axis it lies on."""

    @property
    def identity(self) -> str:
        return "axes"

    @property
    def dimension(self) -> int:
        return 8

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.eye(8, dtype=np.float32)[[int(text) for text in texts]]


def pairs(*rows: tuple[str, str, str]) -> pl.DataFrame:
    schema = {"language": pl.String, "first": pl.String, "second": pl.String}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def test_losses_by_hand() -> None:
    (found,) = contrastive_losses(Axes(), pairs(("en", "0", "0"), ("en", "1", "1")), temperature=0.5)
    assert found.loss == pytest.approx(math.log(1 + math.exp(-2)))
    (lost,) = contrastive_losses(Axes(), pairs(("en", "0", "1"), ("en", "1", "0")), temperature=0.5)
    assert lost.loss == pytest.approx(math.log(1 + math.exp(2)))
    (silent,) = contrastive_losses(Axes(), pairs(*(("en", "0", "1") for _ in range(5))))
    assert silent == ContrastiveLoss("en", pytest.approx(math.log(5)), 5)


def test_both_directions_count() -> None:
    # The first text finds both seconds alike; each second finds its own first surely, or not at all.
    (found,) = contrastive_losses(Axes(), pairs(("en", "0", "0"), ("en", "1", "0")), temperature=1)
    forward = math.log(2)
    backward = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(1))) / 2
    assert found.loss == pytest.approx((forward + backward) / 2)


def test_batches_are_of_one_size_and_by_the_seed() -> None:
    rows = pairs(*(("en", str(n % 8), str(n // 8)) for n in range(25)), ("fr", "0", "0"))
    (found,) = contrastive_losses(Axes(), rows, batch=8)
    assert (found.language, found.pairs) == ("en", 24)
    assert [found] == contrastive_losses(Axes(), rows, batch=8)
    assert [found] != contrastive_losses(Axes(), rows, batch=8, seed=1)
    assert contrastive_losses(Axes(), rows.clear()) == []


def test_two_encoders_are_compared_by_language_and_over_all_pairs() -> None:
    before = [ContrastiveLoss("de", 1.0, 10), ContrastiveLoss("en", 2.0, 30)]
    after = [ContrastiveLoss("de", 1.1, 10), ContrastiveLoss("en", 1.9, 30)]
    rows = retention(before, after)
    assert [row.language for row in rows] == ["de", "en", "all"]
    assert rows[0].rise == pytest.approx(0.1)
    assert rows[1].rise == pytest.approx(-0.05)
    assert rows[2] == Retention("all", 1.75, pytest.approx(1.7), 40)
    with pytest.raises(ValueError, match="same pairs"):
        retention(before, [after[0], ContrastiveLoss("en", 1.9, 29)])


def test_an_encoder_tells_texts_that_share_words() -> None:
    rows = pairs(*(("en", f"number {n * n} of the list", f"the list has {n * n}") for n in range(40, 80)))
    (found,) = contrastive_losses(CharacterEncoder(), rows)
    assert found.loss < math.log(40) - 1


class Wider(CharacterEncoder):
    """The same neighbourhoods, but each cosine moved half of the way to 1."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = super().encode(texts)
        return np.hstack([vectors, np.ones((len(vectors), 1), np.float32)]) / np.float32(np.sqrt(2))


def test_the_best_temperature_does_not_charge_for_how_wide_cosines_spread() -> None:
    words = ["river bank", "old town", "tall tower", "deep sea", "long road", "small house"]
    rows = pairs(*(("en", word, word[:5] + word[-3:]) for word in words))
    narrow, wide = (contrastive_losses(encoder, rows)[0].loss for encoder in (Wider(), CharacterEncoder()))
    assert narrow == pytest.approx(wide, rel=1e-3)
    assert contrastive_losses(Wider(), rows, temperature=0.5)[0].loss > narrow
