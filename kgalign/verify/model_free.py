"""The scorer that needs no model: names, values and words of relations, as they stand in the text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kgalign.verify.combination import log_odds
from kgalign.verify.evidence import Evidence, Scores
from kgalign.verify.mentions import LEAST_MENTION
from kgalign.verify.passage import Passage
from kgalign.verify.phrasing import Phrasing
from kgalign.verify.verdicts import Fact

# How much of a fact is stated if only its object is named, and what the subject and the relation add.
_OBJECT_ALONE = 0.3
_RELATION = 0.6
# Of the relation, how much the phrase around the names says, beside the words of its label.
_PHRASED = 0.6
_NAMED = 0.6
# How much likelier, in log-odds, the names have to be in each other's roles. Of training texts about things
# that no phrasing was learnt from, 0.8% (English) and 2.8% (Russian) of the right ones reach it, and 56% and
# 44% of those with names exchanged.
_TURNED = 4.0


@dataclass(frozen=True)
class TurnedFact:
    """A fact whose subject stands where its object should, and the other way round.

    Attributes:
        row: the fact's.
        names: first and last word of either name.
        score: how sure that is, in [0, 1].
    """

    row: int
    names: tuple[tuple[int, int], tuple[int, int]]
    score: float


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

    def turned(self, passage: Passage, facts: Sequence[Fact], evidence: Evidence) -> list[TurnedFact]:
        """Facts whose subject and object a sentence names in each other's roles.

        Only of relations that the phrasing knows in both orders, and of things that no other fact links.
        """
        if self.phrasing is None or not self.phrasing.speaks(passage.language):
            return []
        pairs = Counter(frozenset((fact.subject.value, fact.object.value)) for fact in facts)
        found = []
        for row, fact in enumerate(facts):
            if fact.object.literal or pairs[frozenset((fact.subject.value, fact.object.value))] > 1:
                continue
            subjects, objects = int(evidence.subject[row]), int(evidence.object[row])
            for sentence in np.flatnonzero(evidence.objects[row] >= LEAST_MENTION).tolist():
                if not all((term, sentence) in evidence.mentioned for term in (subjects, objects)):
                    continue
                roles = self.phrasing.roles(passage, evidence, row, fact, sentence)
                if roles is None:
                    continue
                told, turned, pattern = roles
                margin = float(log_odds(turned) - log_odds(told))
                if margin >= _TURNED:
                    score = 1 / (1 + math.exp(-margin))
                    one = (pattern.first, pattern.between.start - 1)
                    found.append(TurnedFact(row, (one, (pattern.between.stop, pattern.last)), score))
        return found
