from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kgalign.encode.adaptation import AdaptationOptions, adapted, is_adaptable, restored
from kgalign.encode.cache import CachedEncoder
from kgalign.encode.characters import CharacterEncoder
from kgalign.encode.checkpoint import read_checkpoint
from kgalign.encode.transformer import TransformerEncoder
from kgalign.errors import InputError

Make = Callable[[str], Path]

OPTIONS = AdaptationOptions(layers=2, epochs=8, batch=32, rate=3e-3, held_out=0.2)
CIPHER = str.maketrans("abcdefgh", "rstuvwxy")
FIRST = ["".join(letters) for letters in itertools.permutations("abcdefgh", 3)]
SECOND = [name.translate(CIPHER) for name in FIRST]


def encoder(folder: Path) -> TransformerEncoder:
    return TransformerEncoder(read_checkpoint(folder, "small"), device="cpu", precision="float32")


@pytest.fixture(autouse=True)
def own_cache(cache_root: Path) -> Path:
    return cache_root


def found(base: TransformerEncoder, first: list[str], second: list[str]) -> float:
    likeness = base.encode(first) @ base.encode(second).T
    return float((likeness.argmax(1) == np.arange(len(first))).mean())


@pytest.mark.parametrize("model", ["bert", "xlm-roberta"])
def test_the_pairs_habits_are_learnt(model: str, small_model: Make) -> None:
    base = encoder(small_model(model))
    unseen = slice(0, None, 5)
    taught = [place for place in range(len(FIRST)) if place % 5]
    result = adapted(base, [FIRST[n] for n in taught], [SECOND[n] for n in taught], OPTIONS)
    assert result.improved
    assert result.after > result.before
    assert isinstance(result.encoder, TransformerEncoder)
    before = found(base, FIRST[unseen], SECOND[unseen])
    assert found(result.encoder, FIRST[unseen], SECOND[unseen]) > before + 0.1


def test_the_trained_layers_compute_as_the_encoder_does(small_model: Make) -> None:
    from kgalign.encode.trainable_layers import LowerStates, TrainableLayers

    base = encoder(small_model("bert"))
    assert base.stack is not None
    names = ["abc", "d", "efghij"]
    for trained in (0, 1, 2):
        lower = LowerStates(base.stack, 2 - trained, base.token_ids(names))
        layers = TrainableLayers(base.stack, 2 - trained, "mean")
        vectors = layers.encode(lower, np.array([2, 0, 1])).detach().numpy()
        assert vectors == pytest.approx(base.encode([names[2], names[0], names[1]]), abs=3e-3)


def test_trained_weights_are_kept_and_the_same_again(
    small_model: Make, cache_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = encoder(small_model("bert"))
    fresh = adapted(base, FIRST, SECOND, OPTIONS)
    (kept,) = (cache_root / "adapted").iterdir()
    content = kept.read_bytes()
    kept.write_bytes(content[:-8] + bytes(8))
    again = adapted(base, FIRST, SECOND, OPTIONS)
    assert kept.read_bytes() == content
    monkeypatch.setattr("kgalign.encode.adaptation._train", None)
    cached = adapted(base, FIRST, SECOND, OPTIONS)
    vectors = fresh.encoder.encode(FIRST)
    for other in (again, cached):
        assert other.encoder.identity == fresh.encoder.identity
        assert np.array_equal(other.encoder.encode(FIRST), vectors)


def test_a_trained_encoder_is_found_again_by_its_key(small_model: Make, cache_root: Path) -> None:
    base = encoder(small_model("bert"))
    result = adapted(base, FIRST, SECOND, OPTIONS)
    again = restored(base, result.key)
    assert again is not None
    assert again.identity == result.encoder.identity
    assert np.array_equal(again.encode(FIRST[:20]), result.encoder.encode(FIRST[:20]))
    assert restored(base, "0" * 24) is None
    assert restored(base, "../secret") is None
    assert restored(CharacterEncoder(), result.key) is None


def test_which_encoders_can_be_trained(small_model: Make) -> None:
    base = encoder(small_model("bert"))
    assert is_adaptable(base)
    assert is_adaptable(CachedEncoder(base))
    assert not is_adaptable(CharacterEncoder())


def test_the_identity_tells_encoders_apart(small_model: Make) -> None:
    base = CachedEncoder(encoder(small_model("bert")))
    results = [
        adapted(base, FIRST, SECOND, OPTIONS),
        adapted(base, FIRST[:200], SECOND[:200], OPTIONS),
        adapted(base, FIRST, SECOND, OPTIONS.model_copy(update={"seed": 1})),
    ]
    assert all(isinstance(result.encoder, CachedEncoder) for result in results)
    assert len({base.identity, *(result.encoder.identity for result in results)}) == 4
    assert not np.array_equal(results[0].encoder.encode(["abc"]), base.encode(["abc"]))


def test_training_that_does_not_help_changes_nothing(
    small_model: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    base = encoder(small_model("bert"))
    # Every name is its own partner, which the encoder knows already.
    result = adapted(base, FIRST, FIRST, OPTIONS)
    assert result.encoder is base
    assert not result.improved
    assert "adapting the encoder didn't help" in capsys.readouterr().err


def test_a_few_pairs_teach_nothing(small_model: Make, cache_root: Path) -> None:
    base = encoder(small_model("bert"))
    assert adapted(base, FIRST[:20] * 3 + [" "] * 40, SECOND[:20] * 3 + ["x"] * 40).encoder is base
    assert not cache_root.exists()


def test_encoders_that_can_not_be_trained(small_model: Make) -> None:
    with pytest.raises(InputError, match="can't be adapted: only e5 and other BERT-shaped"):
        adapted(CharacterEncoder(), FIRST, SECOND)
    with pytest.raises(InputError, match="can't be adapted"):
        adapted(encoder(small_model("distilbert")), FIRST, SECOND)
