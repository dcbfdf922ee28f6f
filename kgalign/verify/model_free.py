"""The scorer that needs no model: names, values and words of relations, as they stand in the text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgalign.verify.evidence import Evidence, Scores
from kgalign.verify.passage import Passage
from kgalign.verify.phrasing import Phrasing
from kgalign.verify.verdicts import Fact

# How much of a fact is stated if only its object is named, and what the subject and the relation add.
_OBJECT_ALONE = 0.3
_RELATION = 0.6
# Of the relation, how much the phrase around the names says, beside the words of its label.
_PHRASED = 0.6
_NAMED = 0.6


class ModelFreeScorer:
    """Scores facts by what :class:`~kgalign.verify.evidence.Gatherer` finds.

    Args:
        phrasing: how relations are put into words; None where nothing was learnt.
    """

    def __init__(self, phrasing: Phrasing | None = None) -> None:
        self.phrasing = phrasing

    def stated(self, passage: Passage, facts: Sequence[Fact], evidence: Evidence) -> Scores:
        """How surely each sentence states each fact: its object, weighed by subject and relation."""
        subject = _OBJECT_ALONE + (1 - _OBJECT_ALONE) * evidence.subjects
        # Where nothing was learnt of a relation, that its label's words are missing proves little.
        relation = np.where(evidence.learnt[:, None], evidence.relations, (1 + evidence.relations) / 2)
        if self.phrasing is not None and self.phrasing.speaks(passage.language):
            for row, sentence in zip(*np.nonzero(evidence.objects >= _NAMED), strict=True):
                told, worth = self.phrasing.probability(
                    passage, evidence, int(row), facts[int(row)], int(sentence)
                )
                worth *= _PHRASED
                relation[row, sentence] = relation[row, sentence] * (1 - worth) + told * worth
        result: Scores = (evidence.objects * subject * (1 - _RELATION + _RELATION * relation)).astype(
            np.float32
        )
        return result
