"""Vectors of unit length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

_SMALLEST_LANGUAGE = 100


def unit_rows(vectors: Matrix) -> Matrix:
    """Each row scaled to Euclidean length 1; rows of 0 stay 0."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Matrix = (vectors / np.maximum(length, 1e-9)).astype(np.float32)
    return scaled


def centred_by_language(vectors: Matrix, languages: NDArray[np.str_]) -> Matrix:
    """Take each language's mean off its vectors (small languages: the mean of all); unit length.

    Args:
        vectors: n × d, one per text.
        languages: the texts' languages.
    """
    if len(vectors) == 0:
        return vectors
    centred = vectors - vectors.mean(axis=0)
    for language, size in zip(*np.unique(languages, return_counts=True), strict=True):
        if size >= _SMALLEST_LANGUAGE:
            rows = languages == language
            centred[rows] = vectors[rows] - vectors[rows].mean(axis=0)
    if len(vectors) < _SMALLEST_LANGUAGE:
        centred = vectors
    return unit_rows(centred)
