"""T2T: subject and relation are translated into the object's name in the language asked for."""

from __future__ import annotations

import numpy as np

from kgalign.adapters.label_table import Ids
from kgalign.adapters.objectives.base import TextPairs
from kgalign.adapters.objectives.facts import FactObjective
from kgalign.adapters.phrases import asked_in


class TextToText(FactObjective):
    """``language: subject | relation`` with the object's name, for encoder–decoders such as mT5."""

    name = "t2t"
    batch = 32
    tokens = 64

    def pairs(self, items: Ids, generator: np.random.Generator) -> TextPairs:
        """What goes in and what is to come out, for each fact."""
        words = self.worded(items, generator)
        languages = [self.lessons.labels.languages[number] for number in words.tail_language.tolist()]
        asked = [asked_in(*parts) for parts in zip(languages, words.head, words.relation, strict=True)]
        return TextPairs(asked, words.tail, self.other_answers(items, words.tail))
