from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

import kgalign.encode.adaptation as adaptation
from kgalign.align import AlignOptions
from kgalign.align.adapting import EncoderAdapter
from kgalign.align.signals.texts import Texts
from kgalign.encode import TextEncoder
from kgalign.encode.adaptation import Adaptation, AdaptationOptions
from kgalign.encode.characters import CharacterEncoder
from kgalign.errors import InputError
from kgalign.resources import StageClock

COUNT = 1200
CHARACTERS = CharacterEncoder()


def named(prefix: str) -> Texts:
    rows = pl.DataFrame(
        {
            "entity": np.repeat(np.arange(COUNT, dtype=np.uint32), 2),
            "text": [
                f"{prefix} {number}{part}" for number in range(COUNT) for part in ("", " also known so")
            ],
            "language": [""] * (2 * COUNT),
        }
    )
    return Texts(rows, COUNT)


def adapter(kept: str | None = None) -> EncoderAdapter:
    options = AlignOptions(adapt_encoder=True, seed=7)
    return EncoderAdapter((named("a"), named("b")), CHARACTERS, options, StageClock(), kept)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], list[str], AdaptationOptions]]:
    """What training is asked for, in place of the training."""
    calls: list[tuple[list[str], list[str], AdaptationOptions]] = []

    def training(
        encoder: TextEncoder, first: Sequence[str], second: Sequence[str], options: AdaptationOptions
    ) -> Adaptation:
        calls.append((list(first), list(second), options))
        return Adaptation(encoder, 0.5, 0.8, "key")

    monkeypatch.setattr(adaptation, "adapted", training)
    return calls


def test_an_encoder_that_cannot_be_trained_is_told() -> None:
    with pytest.raises(InputError, match="can't be adapted"):
        adapter().trained(np.arange(40), np.arange(40))


def test_pairs_teach_by_their_first_names(
    asked: list[tuple[list[str], list[str], AdaptationOptions]],
) -> None:
    chosen = adapter()
    source, target = np.arange(1100), np.arange(1100)[::-1].copy()
    labels = chosen.trained(source, target)
    assert labels is not None
    assert chosen.key == "key"
    first, second, options = asked[0]
    assert all(name.startswith("a ") and "also" not in name for name in first)
    numbers = [int(name.removeprefix("a ")) for name in first]
    assert second == [f"b {1099 - number}" for number in numbers]
    # A fifth, the same in every run, is withheld.
    assert 830 < len(numbers) < 930
    unseen = chosen.unseen(source)
    assert sorted([*numbers, *source[unseen]]) == list(range(1100))
    assert options.seed == 7


def test_nothing_is_seen_before_training() -> None:
    assert adapter().unseen(np.arange(COUNT)).all()


def test_without_a_kept_encoder_nothing_is_restored() -> None:
    assert adapter().restored() is None
    assert adapter("0" * 24).restored() is None
