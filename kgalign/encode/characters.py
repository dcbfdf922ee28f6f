"""Character n-gram vectors: no model, no training, and strong where names are spelt alike.

Each word, between boundary marks, gives its n-grams; each n-gram is hashed to a column and a sign
(Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009), so there is no
vocabulary to keep. Case and diacritics don't count, and by default every script is written in Latin
letters first (anyascii), so that Москва meets Moscow.
"""

from __future__ import annotations

import importlib.metadata
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kgalign.encode.base import TextEncoder
from kgalign.errors import InputError

VERSION = 1
_SPACE = ord(" ")
_SEPARATOR = "\n"
_KEEP, _DROP, _BREAK = 0, 1, 2
# Canonical combining classes up to 9 are nuktas, kana voicing marks and viramas: parts of the letter.
_LAST_LETTER_CLASS = 9
_CHUNK = 65536


class CharacterEncoder(TextEncoder):
    """Hashed character n-grams.

    Args:
        dimension: columns of the dense vectors of :meth:`encode`.
        lengths: the shortest and the longest n-gram, boundary marks counted.
        transliterate: whether other scripts are written in Latin letters first.

    Raises:
        InputError: for sizes that make no sense.
    """

    def __init__(
        self, dimension: int = 2048, *, lengths: tuple[int, int] = (2, 4), transliterate: bool = True
    ) -> None:
        if dimension < 1 or not 2 <= lengths[0] <= lengths[1]:
            raise InputError("character n-grams need a positive dimension and lengths from 2 on")
        self._dimension = dimension
        self._lengths = lengths
        self._transliterate = transliterate

    @property
    def identity(self) -> str:
        """Every option, and the versions of the character tables."""
        tables = f"unicode {unicodedata.unidata_version}"
        if self._transliterate:
            tables += f" anyascii {importlib.metadata.version('anyascii')}"
        shortest, longest = self._lengths
        return f"characters-{VERSION}|{shortest}-{longest} {self._dimension}|{tables}"

    @property
    def dimension(self) -> int:
        """Columns of the dense vectors."""
        return self._dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode *texts*; see :meth:`TextEncoder.encode`. A text without letters or digits gives 0."""
        dense = np.empty((len(texts), self._dimension), np.float32)
        for start in range(0, len(texts), _CHUNK):
            part = self.encode_sparse(texts[start : start + _CHUNK], dimension=self._dimension)
            part.toarray(out=dense[start : start + _CHUNK])
        return dense

    def encode_sparse(self, texts: Sequence[str], *, dimension: int = 1 << 20) -> sparse.csr_matrix:
        """Encode *texts* sparsely, as features to be weighted.

        Args:
            texts: any texts.
            dimension: number of columns; at the default, two n-grams hardly ever share one.

        Returns:
            ``len(texts) × dimension`` float32 with sorted columns, rows of Euclidean length 1 or 0.
            A value is the signed count of a column's n-grams, over the row's length.
        """
        stream, owner = _letters(texts, self._transliterate)
        rows, hashes = _ngrams(stream, owner, self._lengths)
        columns = (hashes % np.uint64(dimension)).astype(np.int64)
        signs = np.where(hashes >> np.uint64(63), -1.0, 1.0).astype(np.float32)
        counts = sparse.coo_matrix((signs, (rows, columns)), (len(texts), dimension)).tocsr()
        counts.sum_duplicates()
        counts.eliminate_zeros()
        return _unit_rows(counts)


def _letters(texts: Sequence[str], transliterate: bool) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """All texts as one stream of folded characters, words apart by single spaces.

    Returns:
        The code points, and for each of them the number of its text (that of the text before it for
        the space between two texts).
    """
    joined = _SEPARATOR.join(text.replace(_SEPARATOR, " ") for text in texts)
    joined = unicodedata.normalize("NFKC", joined)
    if transliterate:
        from anyascii import anyascii

        joined = anyascii(joined)
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", joined).casefold())
    points = np.frombuffer(f" {folded} ".encode("utf-32-le", "replace"), "<u4")
    owner = np.cumsum(points == ord(_SEPARATOR))
    kinds = _kinds(points)
    points = np.where(kinds == _BREAK, _SPACE, points)[kinds != _DROP]
    owner = owner[kinds != _DROP]
    space = points == _SPACE
    repeated = np.zeros(len(points), bool)
    repeated[1:] = space[1:] & space[:-1]
    return points[~repeated].astype(np.uint32), owner[~repeated]


def _kinds(points: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """What to do with each code point; the Unicode tables are asked once for each distinct one."""
    distinct, inverse = np.unique(points, return_inverse=True)
    return np.array([_kind(chr(point)) for point in distinct.tolist()], np.uint8)[inverse]


def _kind(character: str) -> int:
    if unicodedata.combining(character) > _LAST_LETTER_CLASS:
        return _DROP
    category = unicodedata.category(character)
    if category == "Cf":
        return _DROP
    return _KEEP if category[0] in "LMN" else _BREAK


def _ngrams(
    stream: NDArray[np.uint32], owner: NDArray[np.int64], lengths: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Text number and 64-bit hash of every n-gram that lies within a word and its two marks."""
    space = stream == _SPACE
    rows: list[NDArray[np.int64]] = []
    hashes: list[NDArray[np.uint64]] = []
    for length in range(lengths[0], lengths[1] + 1):
        count = max(len(stream) - length + 1, 0)
        broken = np.zeros(count, bool)
        for inner in range(1, length - 1):
            broken |= space[inner : inner + count]
        if length == 2:
            broken |= space[:count] & space[1 : 1 + count]
        starts = np.flatnonzero(~broken)
        mixed = np.full(len(starts), length, np.uint64)
        for place in range(length):
            mixed = _mix(mixed ^ stream[starts + place].astype(np.uint64))
        hashes.append(mixed)
        # The first character may be the mark that the word shares with the text before.
        rows.append(owner[starts + space[starts]])
    return np.concatenate(rows), np.concatenate(hashes)


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele et al., 2014), after its increment."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _unit_rows(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    lengths = np.sqrt(np.bincount(row, np.square(counts.data, dtype=np.float64), counts.shape[0]))
    counts.data = (counts.data / lengths[row]).astype(np.float32)
    return counts
