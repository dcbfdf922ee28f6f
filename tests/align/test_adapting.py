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


def adapter(asked: bool | None, kept: str | None = None) -> EncoderAdapter:
    options = AlignOptions(adapt_encoder=asked, seed=7)
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


def test_an_encoder_that_cannot_be_trained_is_left_as_it_is_unless_training_was_asked_for() -> None:
    assert not adapter(None).wanted
    assert not adapter(False).wanted
    assert adapter(True).wanted
    with pytest.raises(InputError, match="can't be adapted"):
        adapter(True).trained(np.arange(40), np.arange(40))


def test_pairs_teach_by_their_first_names(
    asked: list[tuple[list[str], list[str], AdaptationOptions]],
) -> None:
    chosen = adapter(None)
    source, target = np.arange(1100), np.arange(1100)[::-1].copy()
    labels = chosen.trained(source, target)
    assert labels is not None
    assert chosen.key == "key"
    first, second, options = asked[0]
    assert first[:2] == ["a 0", "a 1"]
    assert second[:2] == ["b 1099", "b 1098"]
    assert options.seed == 7
    assert options.enough < 1


def test_few_pairs_are_not_worth_the_training_unless_it_was_asked_for(
    asked: list[tuple[list[str], list[str], AdaptationOptions]],
) -> None:
    few = np.arange(300)
    assert adapter(None).trained(few, few) is None
    assert asked == []
    assert adapter(True).trained(few, few) is not None
    assert asked[0][2].enough == 1


def test_without_a_kept_encoder_nothing_is_restored() -> None:
    assert adapter(True).restored() is None
    assert adapter(True, "0" * 24).restored() is None
