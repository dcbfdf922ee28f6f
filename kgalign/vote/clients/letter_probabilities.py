"""Log-probabilities of the letters from those of tokens."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence


def letter_log_probabilities(
    tokens: Iterable[tuple[str, float]], letters: Sequence[str]
) -> tuple[float, ...]:
    """Add up the probabilities of the tokens that are a letter, whatever white space is around it.

    Args:
        tokens: text and log-probability of each token that may come next, each token once.
        letters: the letters that were offered.

    Returns:
        Natural logarithm of the probability of each letter; -inf for one that no token is.
    """
    found: dict[str, list[float]] = {letter: [] for letter in letters}
    for text, logarithm in tokens:
        if text.strip() in found:
            found[text.strip()].append(logarithm)
    return tuple(_added(found[letter]) for letter in letters)


def _added(logarithms: list[float]) -> float:
    """Logarithm of the sum of the probabilities."""
    most = max(logarithms, default=-math.inf)
    if most == -math.inf:
        return most
    return most + math.log(math.fsum(math.exp(value - most) for value in sorted(logarithms)))
