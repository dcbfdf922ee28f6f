"""The seam between what scores facts against text and what makes verdicts of the scores.

Every scorer, model-free or trained, answers the same question: how surely does each sentence state each
fact, and how surely does each span of it hold? A combiner weighs the answers of several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kgalign.verify.passage import Passage
from kgalign.verify.verdicts import Fact

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class ScoredSpan:
    """What a scorer thinks of one span.

    Attributes:
        start: first character.
        end: exclusive.
        holds: how surely the facts say what the span says, in [0, 1].
        facts: numbers of the facts that it comes from or contradicts.
    """

    start: int
    end: int
    holds: float
    facts: tuple[int, ...] = ()


@dataclass(frozen=True)
class FactScores:
    """A scorer's answer about one text.

    Attributes:
        stated: facts × sentences, in [0, 1].
        spans: spans that it has an opinion of; they may overlap.
        holds: how surely the text as a whole says nothing but what the facts say, in [0, 1]; None
            where the scorer has no opinion beyond its spans.
    """

    stated: Scores
    spans: tuple[ScoredSpan, ...] = ()
    holds: float | None = None


class FactScorer(Protocol):
    """Scores facts against passages."""

    def score(self, passages: Sequence[Passage], facts: Sequence[Sequence[Fact]]) -> list[FactScores]:
        """Score each passage with its own facts.

        Args:
            passages: texts in sentences.
            facts: those of each passage.
        """
        ...
