"""A question to the language model: which of some candidates is the source entity, or none of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One source entity with its candidates.

    The *options* are the targets in order, and after them "none of these", so that the option
    ``len(targets)`` is none.

    Attributes:
        source: id of the entity in the first graph.
        targets: ids of the candidates in the second graph, the aligner's best first; distinct.
        prior: the aligner's probability of each option; sums to 1.
        truth: the option known to be right where the question only measures the model; None where it
            is asked in earnest.
    """

    source: int
    targets: tuple[int, ...]
    prior: tuple[float, ...]
    truth: int | None = None

    @property
    def options(self) -> int:
        """Number of options, none included."""
        return len(self.targets) + 1

    @property
    def none(self) -> int:
        """The option "none of these"."""
        return len(self.targets)
