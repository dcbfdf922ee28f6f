"""ES: a description of an entity finds its name."""

from __future__ import annotations

import re

import numpy as np

from kgalign.adapters.label_table import Ids
from kgalign.adapters.objectives.base import TextPairs, same_text
from kgalign.adapters.objectives.facts import FactObjective
from kgalign.adapters.phrases import fact_phrase

_SENTENCES = 2
_FACTS = 4
# The end of a sentence in most scripts.
_END = re.compile(r"(?<=[.!?。！？।۔])\s*(?=\S)")


class EntitySentence(FactObjective):
    """The first two sentences about an entity with a name of it.

    An entity without a description is described by up to four of its facts, its own name left out.
    """

    name = "es"
    batch = 32
    tokens = 128

    def items(self) -> Ids:
        """Entities with a name and a description or a fact."""
        lessons = self.lessons
        told = np.zeros(len(lessons.labels.owner_start) - 1, bool)
        told[lessons.descriptions.entity] = True
        told[lessons.head] = True
        return np.flatnonzero(told & (lessons.labels.cell_count() > 0))

    def pairs(self, items: Ids, generator: np.random.Generator) -> TextPairs:
        """A description and a name of each entity."""
        labels = self.lessons.labels
        cells = labels.draw_cells(items, self.weights, generator)
        names = labels.draw_names(cells, self.options.aliases, generator)
        told = [self._describe(entity, generator) for entity in items.tolist()]
        return TextPairs(told, names, same_text(told) | same_text(names))

    def _describe(self, entity: int, generator: np.random.Generator) -> str:
        written = self.lessons.descriptions
        first, last = np.searchsorted(written.entity, [entity, entity + 1])
        if first < last:
            text = written.text[int(generator.integers(first, last))]
            return " ".join(_END.split(text)[:_SENTENCES])
        first, last = np.searchsorted(self.lessons.head, [entity, entity + 1])
        chosen = generator.permutation(np.arange(first, last))[:_FACTS]
        words = self.worded(chosen, generator)
        return "; ".join(fact_phrase(*pair) for pair in zip(words.relation, words.tail, strict=True))
