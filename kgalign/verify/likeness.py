"""How much two words look like forms or spellings of one name.

Inflection changes the end of a word, transliteration its vowels: so the mean of Jaro-Winkler's measure
(which trusts beginnings) and of Levenshtein's decides, and across scripts the consonants' likeness does
as well. Words of at most two letters and numbers have to be the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import JaroWinkler, Levenshtein, Prefix
from rapidfuzz.process import cdist

from kgalign.verify.words import skeleton

Likeness = NDArray[np.float32]

# A word and itself with an ending, such as a case or a postposition written onto it.
_EXTENDED = 0.93
_LONGEST_ENDING = 5
_SHORTEST_STEM = 4
# Two words with the same beginning and other endings.
_INFLECTED = 0.86
_LONGEST_DIFFERENCE = 2
_SHORTEST_FUZZY = 3
_SHORTEST_SKELETON = 3
_OF_SKELETONS = 0.92
# Below this, words look alike by chance.
LEAST_ALIKE = 0.82


def likeness(first: Sequence[str], second: Sequence[str], across_scripts: bool = False) -> Likeness:
    """Compare the keys of words (see :mod:`kgalign.verify.words`).

    Args:
        first: keys.
        second: keys.
        across_scripts: whether the two were written in different scripts.

    Returns:
        ``len(first) × len(second)`` in [0, 1]; 0 for all that is less alike than by chance.
    """
    if not first or not second:
        return np.zeros((len(first), len(second)), np.float32)
    alike = (
        cdist(first, second, scorer=JaroWinkler.normalized_similarity, dtype=np.float32)
        + cdist(first, second, scorer=Levenshtein.normalized_similarity, dtype=np.float32)
    ) / 2
    if across_scripts:
        alike = np.maximum(alike, _of_skeletons(first, second))
    lengths, others = _lengths(first), _lengths(second)
    extended = (others[None, :] - lengths[:, None] <= _LONGEST_ENDING) & (lengths >= _SHORTEST_STEM)[:, None]
    for row, column in zip(*np.nonzero(extended & (alike > 0.5) & (alike < _EXTENDED)), strict=True):
        if second[column].startswith(first[row]):
            alike[row, column] = _EXTENDED
    for row, column in zip(*np.nonzero((alike > 0.6) & (alike < _INFLECTED)), strict=True):
        if _inflected(first[row], second[column]):
            alike[row, column] = _INFLECTED
    rigid = _rigid(first)[:, None] | _rigid(second)[None, :]
    alike[rigid & (alike < 1)] = 0
    alike[alike < LEAST_ALIKE] = 0
    result: Likeness = alike
    return result


def _inflected(first: str, second: str) -> bool:
    """Whether two words differ in their last letters only."""
    shared = Prefix.similarity(first, second)
    return shared >= _SHORTEST_STEM and max(len(first), len(second)) - shared <= _LONGEST_DIFFERENCE


def _of_skeletons(first: Sequence[str], second: Sequence[str]) -> Likeness:
    bones, others = [skeleton(key) for key in first], [skeleton(key) for key in second]
    alike = cdist(bones, others, scorer=Levenshtein.normalized_similarity, dtype=np.float32)
    short = (_lengths(bones) < _SHORTEST_SKELETON)[:, None] | (_lengths(others) < _SHORTEST_SKELETON)[None, :]
    same = (alike == 1) & (_lengths(bones) == 2)[:, None]
    long_words = (_lengths(first) >= _SHORTEST_STEM)[:, None] & (_lengths(second) >= _SHORTEST_STEM)[None, :]
    alike[short & ~(same & long_words)] = 0
    result: Likeness = alike * np.float32(_OF_SKELETONS)
    return result


def _lengths(keys: Sequence[str]) -> NDArray[np.int64]:
    return np.array([len(key) for key in keys], np.int64)


def _rigid(keys: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([len(key) < _SHORTEST_FUZZY or key.isdigit() for key in keys], bool)
