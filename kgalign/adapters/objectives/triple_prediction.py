"""TP: subject and relation find the object."""

from __future__ import annotations

import numpy as np

from kgalign.adapters.label_table import Ids
from kgalign.adapters.objectives.base import TextPairs
from kgalign.adapters.objectives.facts import FactObjective
from kgalign.adapters.phrases import query_phrase


class TriplePrediction(FactObjective):
    """``subject relation`` with the name of the object, all objects that the graph has being right."""

    name = "tp"
    batch = 128
    tokens = 32

    def pairs(self, items: Ids, generator: np.random.Generator) -> TextPairs:
        """A question and its answer for each fact."""
        words = self.worded(items, generator)
        asked = [query_phrase(*pair) for pair in zip(words.head, words.relation, strict=True)]
        return TextPairs(asked, words.tail, self.other_answers(items, words.tail))
