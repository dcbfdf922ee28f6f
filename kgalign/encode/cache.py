"""Vectors kept on the disk, by encoder and text.

Below ``vectors/`` in the cache folder each encoder has a folder named by a hash of its identity, with
``identity.json`` and shards: ``.npy`` tables of a 128-bit text hash (BLAKE2b) and a float16 vector. A
shard is named by the hash of its bytes and appears whole or not at all, so several processes may
write at once, an interrupted run goes on where it stopped, and a damaged shard is noticed, dropped and
made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgalign.cache_folder import cache_folder
from kgalign.encode.base import TextEncoder
from kgalign.encode.distinct_texts import distinct_texts
from kgalign.errors import OutputError
from kgalign.files import atomic_file
from kgalign.progress import progress, say

# A chunk is what an interruption can lose: a few seconds of encoding.
CHUNK = 2048
# So many shards below the size are joined into one.
_MOST_SHARDS = 32
_LARGE_SHARD = 64 << 20
_IDENTITY_FILE = "identity.json"


class CachedEncoder(TextEncoder):
    """Wraps *encoder* so that no text is encoded twice, in this run or in a later one.

    Vectors are rounded to float16 whether they are fresh or from the cache, so both are the same bytes.

    Args:
        encoder: does the work.
        folder: where the cache lies; by default in the user's cache folder.
    """

    def __init__(self, encoder: TextEncoder, folder: Path | None = None) -> None:
        self.encoder = encoder
        self._store = VectorStore(folder or vectors_folder(), encoder.identity, encoder.dimension)

    @property
    def identity(self) -> str:
        """The wrapped encoder's identity."""
        return self.encoder.identity

    @property
    def dimension(self) -> int:
        """The wrapped encoder's dimension."""
        return self.encoder.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode *texts*; see :meth:`TextEncoder.encode`. The values are float16 values."""
        distinct, place = distinct_texts(texts)
        keys = text_keys(distinct)
        found, vectors = self._store.lookup(keys)
        missing = np.flatnonzero(~found).tolist()
        missing.sort(key=lambda position: (len(distinct[position]), distinct[position]))
        if missing:
            with progress("encoding labels", len(missing), "label") as bar:
                for chunk in _chunks(missing):
                    fresh = self.encoder.encode([distinct[position] for position in chunk]).astype(np.float16)
                    vectors[chunk] = fresh
                    self._store.append(keys[chunk], fresh)
                    bar.update(len(chunk))
            self._store.compact()
        return vectors[place].astype(np.float32)


class VectorStore:
    """The shards of one encoder.

    Args:
        folder: holds the folders of all encoders.
        identity: the encoder's.
        dimension: length of a vector.
    """

    def __init__(self, folder: Path, identity: str, dimension: int) -> None:
        self.folder = folder / hashlib.sha256(identity.encode()).hexdigest()[:24]
        self._identity = identity
        self._row = np.dtype([("key", "<u8", (2,)), ("vector", "<f2", (dimension,))])
        self._writable = True

    def lookup(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.bool_], NDArray[np.float16]]:
        """Find the vectors of *keys* (``n × 2``, from :func:`text_keys`).

        Returns:
            Which are known (``n``), and ``n × dimension`` float16 with zeros for the others.
        """
        found = np.zeros(len(keys), bool)
        vectors = np.zeros((len(keys), self._row["vector"].shape[0]), np.float16)
        if not len(keys):
            return found, vectors
        order = np.argsort(keys[:, 0], kind="stable")
        ordered = keys[order, 0]
        for _, rows in self._shards():
            known = np.asarray(rows["key"])
            near = np.searchsorted(ordered, known[:, 0])
            near[near == len(ordered)] = 0
            # Two texts share half a key about never; such a text is then simply encoded again.
            asked = order[near]
            hits = np.flatnonzero((keys[asked] == known).all(1))
            found[asked[hits]] = True
            vectors[asked[hits]] = rows["vector"][hits]
        return found, vectors

    def append(self, keys: NDArray[np.uint64], vectors: NDArray[np.float16]) -> None:
        """Add vectors as a new shard. A cache that can't be written is reported once and left alone."""
        if not self._writable:
            return
        rows = np.empty(len(keys), self._row)
        rows["key"], rows["vector"] = keys, vectors
        try:
            self._describe()
            self._write(rows)
        except (OutputError, OSError) as error:
            self._writable = False
            say(f"label vectors are not cached: {error}")

    def compact(self) -> None:
        """Join the shards once there are many, so that looking up stays fast."""
        if not self._writable or len(self._small_shards()) <= _MOST_SHARDS:
            return
        small = set(self._small_shards())
        shards = [(path, rows) for path, rows in self._shards() if path in small]
        rows = np.concatenate([rows for _, rows in shards])
        _, first = np.unique(rows["key"], axis=0, return_index=True)
        try:
            joined = self._write(rows[np.sort(first)])
        except (OutputError, OSError):
            return
        for path, _ in shards:
            if path != joined:
                path.unlink(missing_ok=True)

    def _small_shards(self) -> list[Path]:
        return [path for path in self.folder.glob("*.npy") if path.stat().st_size < _LARGE_SHARD]

    def _describe(self) -> None:
        path = self.folder / _IDENTITY_FILE
        if not path.is_file():
            with atomic_file(path) as scratch:
                scratch.write_text(json.dumps({"identity": self._identity}) + "\n", encoding="utf-8")

    def _write(self, rows: NDArray[Any]) -> Path:
        buffer = io.BytesIO()
        np.save(buffer, rows, allow_pickle=False)
        content = buffer.getvalue()
        path = self.folder / f"{_content_name(content)}.npy"
        if not path.is_file():
            with atomic_file(path) as scratch:
                scratch.write_bytes(content)
        return path

    def _shards(self) -> Iterator[tuple[Path, NDArray[Any]]]:
        """The sound shards; others are removed."""
        for path in sorted(self.folder.glob("*.npy")):
            try:
                if _content_name(np.memmap(path, np.uint8, "r").data) != path.stem:
                    raise ValueError("damaged")
                rows = np.load(path, mmap_mode="r", allow_pickle=False)
                if rows.dtype != self._row:
                    raise ValueError("of another shape")
            except FileNotFoundError:
                # Another process has just joined the shards; what it held is found there or encoded again.
                continue
            except (OSError, ValueError):
                _forget(path)
                continue
            yield path, rows


def text_keys(texts: Sequence[str]) -> NDArray[np.uint64]:
    """128-bit BLAKE2b hashes of *texts*, as ``n × 2`` unsigned integers."""
    digests = b"".join(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts
    )
    return np.frombuffer(digests, "<u8").reshape(-1, 2)


def vectors_folder() -> Path:
    """Where vectors are cached."""
    return cache_folder() / "vectors"


@dataclass(frozen=True)
class CacheEntry:
    """One thing in the cache.

    Attributes:
        kind: ``model`` (a prepared checkpoint) or ``vectors`` (of one encoder).
        name: the checkpoint's folder, or the encoder's identity.
        folder: where it lies.
        bytes: its size on the disk.
        texts: how many vectors; 0 for a model.
    """

    kind: str
    name: str
    folder: Path
    bytes: int
    texts: int


# Encoders adapted to a run's names, and the states of structure encoders' training.
_TRAINED = ("adapted", "training")


def cache_report() -> list[CacheEntry]:
    """What the cache folder holds, models first, each kind by name."""
    models = [
        CacheEntry("model", folder.name, folder, _size(folder), 0)
        for folder in _folders(cache_folder() / "models")
    ]
    models += [
        CacheEntry("trained", name, cache_folder() / name, _size(cache_folder() / name), 0)
        for name in _TRAINED
        if (cache_folder() / name).is_dir()
    ]
    vectors = [
        CacheEntry("vectors", _stored_identity(folder), folder, _size(folder), _rows(folder))
        for folder in _folders(vectors_folder())
    ]
    return sorted(models, key=lambda entry: entry.name) + sorted(vectors, key=lambda entry: entry.name)


def clear_cache(*, vectors: bool = True, models: bool = False) -> int:
    """Remove cached vectors, prepared and trained models, or both; gives the number of bytes set free."""
    trained = [cache_folder() / name for name in ("models", *_TRAINED)]
    doomed = [vectors_folder()] * vectors + trained * models
    freed = sum(_size(folder) for folder in doomed)
    for folder in doomed:
        shutil.rmtree(folder, ignore_errors=True)
    return freed


def _chunks(positions: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(positions), CHUNK):
        yield positions[start : start + CHUNK]


def _content_name(content: bytes | memoryview) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        say(f"{path}: a damaged part of the vector cache can't be removed; it is left out")


def _folders(parent: Path) -> list[Path]:
    return [path for path in parent.iterdir() if path.is_dir()] if parent.is_dir() else []


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _rows(folder: Path) -> int:
    total = 0
    for path in folder.glob("*.npy"):
        try:
            total += len(np.load(path, mmap_mode="r", allow_pickle=False))
        except (OSError, ValueError):
            continue
    return total


def _stored_identity(folder: Path) -> str:
    try:
        return str(json.loads((folder / _IDENTITY_FILE).read_text(encoding="utf-8"))["identity"])
    except (OSError, ValueError, KeyError, TypeError):
        return folder.name
