"""The scorer that needs no model: names, values and words of relations, as they stand in the text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgalign.verify.evidence import Evidence, Gatherer
from kgalign.verify.passage import Passage
from kgalign.verify.scorer import FactScores, Scores
from kgalign.verify.verdicts import Fact

# How much of a fact is stated if only its object is named, and what the subject and the relation add.
_OBJECT_ALONE = 0.3
_RELATION = 0.4
# A fact whose object stands in another sentence than its subject.
_APART = 0.9


class ModelFreeScorer:
    """Scores facts by what :class:`~kgalign.verify.evidence.Gatherer` finds.

    Args:
        gatherer: finds names, values and relations.
    """

    def __init__(self, gatherer: Gatherer) -> None:
        self.gatherer = gatherer

    def score(self, passages: Sequence[Passage], facts: Sequence[Sequence[Fact]]) -> list[FactScores]:
        """See :meth:`kgalign.verify.scorer.FactScorer.score`."""
        self.gatherer.read(facts)
        gathered = [
            self.gatherer.gather(passage, own) for passage, own in zip(passages, facts, strict=True)
        ]
        return [FactScores(stated(evidence)) for evidence in gathered]


def stated(evidence: Evidence) -> Scores:
    """How surely each sentence states each fact: its object, weighed by its subject and its relation."""
    subject = _OBJECT_ALONE + (1 - _OBJECT_ALONE) * evidence.subjects
    relation = 1 - _RELATION + _RELATION * evidence.relations
    result: Scores = (evidence.objects * subject * relation).astype(np.float32)
    return result
