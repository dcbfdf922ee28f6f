"""Vectors of unit length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


def unit_rows(vectors: Matrix) -> Matrix:
    """Each row scaled to Euclidean length 1; rows of 0 stay 0."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Matrix = (vectors / np.maximum(length, 1e-9)).astype(np.float32)
    return scaled
