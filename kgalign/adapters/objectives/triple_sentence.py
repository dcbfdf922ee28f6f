"""TS: a sentence with the object cut out finds the object."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from kgalign.adapters.label_table import Ids
from kgalign.adapters.objectives.base import TextPairs
from kgalign.adapters.objectives.facts import FactObjective
from kgalign.adapters.phrases import query_phrase

# What stands where the object was; no word of any language.
GAP = "…"


class TripleSentence(FactObjective):
    """A sentence about a fact's subject that names its object, which is cut out.

    Where no description names the object, the sentence is made of the fact: ``subject relation …``.
    """

    name = "ts"
    batch = 32
    tokens = 128

    @cached_property
    def _language_of_text(self) -> Ids:
        number = {code: place for place, code in enumerate(self.lessons.labels.languages)}
        return np.array([number.get(code, -1) for code in self.lessons.descriptions.language], np.int64)

    def pairs(self, items: Ids, generator: np.random.Generator) -> TextPairs:
        """A sentence with a gap and what belongs into it, for each fact."""
        words = self.worded(items, generator)
        asked, answers = [], []
        parts = zip(items.tolist(), words.head, words.relation, words.tail, strict=True)
        for fact, head, relation, tail in parts:
            found = self._cut(fact, generator)
            sentence, answer = found or (f"{query_phrase(head, relation)} {GAP}", tail)
            asked.append(sentence)
            answers.append(answer)
        return TextPairs(asked, answers, self.other_answers(items, answers))

    def _cut(self, fact: int, generator: np.random.Generator) -> tuple[str, str] | None:
        """A description of the fact's subject that names its object: with a gap, and the name."""
        lessons, written = self.lessons, self.lessons.descriptions
        first, last = np.searchsorted(written.entity, lessons.head[fact] + np.array([0, 1]))
        labels, tail = lessons.labels, int(lessons.tail[fact])
        cells = np.arange(labels.owner_start[tail], labels.owner_start[tail + 1])
        for place in generator.permutation(np.arange(first, last)).tolist():
            spoken = cells[labels.language[cells] == self._language_of_text[place]]
            for name in labels.names(spoken):
                if name in written.text[place]:
                    return written.text[place].replace(name, GAP, 1), name
        return None
