"""What every label encoder offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class TextEncoder(ABC):
    """Turns texts into unit vectors whose inner product is their similarity.

    Two encoders with the same :attr:`identity` give the same vector for the same text, on the same
    machine; the vector cache relies on it.
    """

    @property
    @abstractmethod
    def identity(self) -> str:
        """Name and fingerprint of the weights and of everything that changes a vector."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Length of a vector."""

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode *texts*.

        Args:
            texts: any number of texts, in any language; the empty text is allowed.

        Returns:
            ``len(texts) × dimension`` float32, each row of Euclidean length 1 (or 0 where a text
            holds nothing that this encoder sees).
        """
