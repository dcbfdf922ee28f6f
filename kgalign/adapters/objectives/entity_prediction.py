"""EP: a name of an entity finds another of its names."""

from __future__ import annotations

import numpy as np

from kgalign.adapters.label_table import Ids
from kgalign.adapters.objectives.base import Objective, TextPairs, same_text


class EntityPrediction(Objective):
    """Names of an entity in two languages; entities with a name in one language only are left out."""

    name = "ep"
    batch = 256
    tokens = 32

    def items(self) -> Ids:
        """Entities with names in two languages or more."""
        return np.flatnonzero(self.lessons.labels.cell_count() > 1)

    def chances(self, items: Ids) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """An entity weighs what the mean of its languages weighs."""
        labels = self.lessons.labels
        sums = np.concatenate([[0.0], np.cumsum(self.weights)])
        first, last = labels.owner_start[items], labels.owner_start[items + 1]
        chances: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = (sums[last] - sums[first]) / (
            last - first
        )
        return chances

    def pairs(self, items: Ids, generator: np.random.Generator) -> TextPairs:
        """Two names of each entity."""
        labels = self.lessons.labels
        one = labels.draw_cells(items, self.weights, generator)
        other = labels.draw_cells(items, self.weights, generator, avoid=one)
        first = labels.draw_names(one, self.options.aliases, generator)
        second = labels.draw_names(other, self.options.aliases, generator)
        return TextPairs(first, second, same_text(first) | same_text(second))
