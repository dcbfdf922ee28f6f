from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kgalign.encode import cache
from kgalign.encode.base import TextEncoder
from kgalign.encode.cache import CachedEncoder, cache_report, clear_cache, text_keys


class Counting(TextEncoder):
    """Encodes by text length and first letter, counts what it is asked, and may fail at a text."""

    def __init__(self, name: str = "counting", fails_at: str | None = None, scale: float = 1.0) -> None:
        self._name = name
        self._scale = scale
        self.fails_at = fails_at
        self.asked: list[str] = []

    @property
    def identity(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return 3

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.fails_at in texts:
            raise KeyboardInterrupt
        self.asked += texts
        rows = [[self._scale, len(text), ord(text[0]) if text else 0] for text in texts]
        vectors = np.array(rows, np.float32).reshape(-1, 3)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


def shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.npy"))


def test_cached_equals_fresh(folder: Path) -> None:
    texts = ["b", "aa", "b", "", "東京", "\ud800"]
    first = CachedEncoder(Counting(), folder).encode(texts)
    again = Counting()
    second = CachedEncoder(again, folder).encode(texts)
    assert first.tobytes() == second.tobytes()
    assert again.asked == []
    assert first.dtype == np.float32


def test_repeated_texts_are_encoded_once(folder: Path) -> None:
    inner = Counting()
    vectors = CachedEncoder(inner, folder).encode(["x", "yy", "x"])
    assert sorted(inner.asked) == ["x", "yy"]
    assert np.array_equal(vectors[0], vectors[2])


def test_only_new_texts_are_encoded(folder: Path) -> None:
    CachedEncoder(Counting(), folder).encode(["x", "yy"])
    inner = Counting()
    mixed = CachedEncoder(inner, folder).encode(["zzz", "x"])
    assert inner.asked == ["zzz"]
    assert np.array_equal(mixed, Counting().encode(["zzz", "x"]).astype(np.float16).astype(np.float32))


def test_an_interrupted_run_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "CHUNK", 2)
    texts = ["a", "bb", "ccc", "dddd", "eeeee", "ffffff"]
    with pytest.raises(KeyboardInterrupt):
        CachedEncoder(Counting(fails_at="dddd"), folder).encode(texts)
    inner = Counting()
    vectors = CachedEncoder(inner, folder).encode(texts)
    assert inner.asked == ["ccc", "dddd", "eeeee", "ffffff"]
    assert np.array_equal(vectors, Counting().encode(texts).astype(np.float16))


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "text"])
def test_a_damaged_shard_is_made_again(folder: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    monkeypatch.setattr(cache, "CHUNK", 2)
    texts = ["a", "bb", "ccc", "dddd"]
    before = CachedEncoder(Counting(), folder).encode(texts)
    victim = shards(folder)[0]
    content = victim.read_bytes()
    victim.write_bytes(
        {
            "truncated": content[:-3],
            "flipped": content[:-1] + bytes([content[-1] ^ 1]),
            "empty": b"",
            "text": b"not a table at all",
        }[damage]
    )
    inner = Counting()
    assert CachedEncoder(inner, folder).encode(texts).tobytes() == before.tobytes()
    assert len(inner.asked) == 2
    rest = Counting()
    CachedEncoder(rest, folder).encode(texts)
    assert rest.asked == []


def test_encoders_do_not_share(folder: Path) -> None:
    CachedEncoder(Counting("one"), folder).encode(["x"])
    other = Counting("two", scale=5)
    vectors = CachedEncoder(other, folder).encode(["x"])
    assert other.asked == ["x"]
    assert np.array_equal(vectors, other.encode(["x"]).astype(np.float16))


def test_shards_are_joined(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "CHUNK", 1)
    monkeypatch.setattr(cache, "_MOST_SHARDS", 4)
    texts = ["a" * length for length in range(1, 10)]
    first = CachedEncoder(Counting(), folder).encode(texts)
    assert len(shards(folder)) == 1
    inner = Counting()
    assert np.array_equal(CachedEncoder(inner, folder).encode(texts), first)
    assert inner.asked == []


def test_a_cache_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    vectors = CachedEncoder(Counting(), tmp_path / "file").encode(["x", "yy"])
    assert np.array_equal(vectors, Counting().encode(["x", "yy"]).astype(np.float16))
    assert capsys.readouterr().err.count("not cached") == 1


def _encode_range(folder: Path, start: int) -> None:
    CachedEncoder(Counting(), folder).encode(
        [f"{number:0{1 + number % 5}}" for number in range(start, start + 300)]
    )


def test_processes_side_by_side(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "CHUNK", 10)
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_encode_range, args=(folder, start)) for start in (0, 100, 200)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    inner = Counting()
    texts = [f"{number:0{1 + number % 5}}" for number in range(500)]
    vectors = CachedEncoder(inner, folder).encode(texts)
    assert np.array_equal(vectors, Counting().encode(texts).astype(np.float16))


def test_keys() -> None:
    keys = text_keys(["a", "b", "a", "\udc00"])
    assert keys.shape == (4, 2)
    assert np.array_equal(keys[0], keys[2])
    assert not np.array_equal(keys[0], keys[1])
    assert text_keys([]).shape == (0, 2)


def test_report_and_clear(cache_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "vectors_folder", lambda: cache_root / "vectors")
    assert cache_report() == []
    CachedEncoder(Counting("one")).encode(["x", "yy"])
    (cache_root / "models" / "some-model").mkdir(parents=True)
    (cache_root / "models" / "some-model" / "model.safetensors").write_bytes(b"1234")
    model, vectors = cache_report()
    assert (model.kind, model.name, model.bytes) == ("model", "some-model", 4)
    assert (vectors.kind, vectors.name, vectors.texts) == ("vectors", "one", 2)
    assert clear_cache() == vectors.bytes
    assert [entry.kind for entry in cache_report()] == ["model"]
    assert clear_cache(models=True) == 4
    assert cache_report() == []


def test_looking_up_is_fast(folder: Path) -> None:
    import time

    class Many(Counting):
        @property
        def dimension(self) -> int:
            return 384

        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            self.asked += texts
            return np.ones((len(texts), 384), np.float32)

    texts = [f"label {number}" for number in range(40_000)]
    CachedEncoder(Many(), folder).encode(texts)
    inner = Many()
    start = time.process_time()
    CachedEncoder(inner, folder).encode(texts)
    assert inner.asked == []
    assert time.process_time() - start < 2
