"""One number for how much of a text holds, and one for how much of the facts it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgalign.verify.combination import NOTHING, Combination, log_odds
from kgalign.verify.evidence import Scores
from kgalign.verify.verdicts import FactCoverage, Verdict

# What is left of a text's correctness where it contradicts the graph for sure.
_AFTER_CONTRADICTION = 0.4
# Parts of the model-free layer, and of soundness, in a text's correctness.
_OWN_PART = 0.6
_UNSOUND = 0.5
# More unsupported spans than so many make a text no worse.
_MOST_COUNTED = 3.0
# The least log-odds that a text's words count with.
_NO_DOUBT = -6.0


def correctness(verdicts: Sequence[Verdict], told: Scores) -> float:
    """How much of what a text says holds, in [0, 1].

    How surely it states the facts that it has to state, or that it seems to state (half their mean, half
    the least sure), times the share of its checkable spans that are supported; less where
    it contradicts the graph. The weights were chosen on the judgements of WebNLG 2017.

    Args:
        verdicts: on the text's spans.
        told: one score for each fact.
    """
    supported = sum(verdict.score for verdict in verdicts if verdict.status == "supported")
    unsupported = sum(verdict.score for verdict in verdicts if verdict.status == "unsupported")
    contradicted = max((each.score for each in verdicts if each.status == "contradicted"), default=0.0)
    total = supported + unsupported
    share = supported / total if total else 1.0
    sure = (float(told.mean()) + float(told.min())) / 2 if len(told) else 1.0
    return round(share * min(sure, 1.0) * (1 - (1 - _AFTER_CONTRADICTION) * contradicted), 4)


def covered(coverage: Sequence[FactCoverage]) -> float:
    """The mean score of the facts, in [0, 1]; 1 without facts."""
    return round(float(np.mean([each.score for each in coverage])), 4) if coverage else 1.0


def graded(free: Scores, told: Scores, model_free: bool) -> float:
    """How much of some facts a text says, in [0, 1]; 1 without facts.

    The mean of their scores. The model-free score has a part of its own in it, since it grades how much of
    a fact is there, where the layers together judge whether it is; the part was chosen on the judgements of
    WebNLG 2017.

    Args:
        free: one score for each fact by the model-free layer.
        told: the same by both layers.
        model_free: whether the model-free layer has a say.
    """
    scores = _OWN_PART * free + (1 - _OWN_PART) * told if model_free else told
    return round(float(scores.mean()), 4) if len(scores) else 1.0


@dataclass(frozen=True)
class ReadText:
    """What both layers say of a text, for one judgement of it.

    Attributes:
        verdicts: of the model-free layer.
        free: its scores, one for each fact that the text has to state.
        told: the same by both layers.
        aligned: the alignment function's log-odds of the same facts; NaN for those that it did not read.
        doubts: the alignment function's log-odds that a word is wrong, one for each word.
        supported: which words stand in supported spans.
        holds: its log-odds that the text says nothing but what the facts say.
        quality: its log-odds that the text is as a person would write it.
    """

    verdicts: Sequence[Verdict]
    free: Scores
    told: Scores
    aligned: Scores
    doubts: Scores
    supported: NDArray[np.bool_]
    holds: float
    quality: float

    def correctness(self, sound: float, model_free: bool) -> float:
        """How much of what the text says holds, in [0, 1].

        The facts' grade (see :func:`graded`), less where the text isn't sound; the share was chosen on the
        judgements of WebNLG 2017.
        """
        share = graded(self.free, self.told, model_free)
        return round(share * (1 - _UNSOUND + _UNSOUND * sound), 4)

    def unexplained(self, combination: Combination) -> float:
        """How many words outside supported spans are expected to be wrong."""
        rule = combination.wrong.get(NOTHING)
        chances = rule.probability(self.doubts[~self.supported]) if rule is not None else np.zeros(0)
        return round(float(chances.sum()), 4)

    def numbers(self, model_free: bool) -> list[float]:
        """What the text's soundness is judged by.

        Args:
            model_free: whether the model-free layer has a say; otherwise its numbers are zero.
        """
        free = log_odds(self.free) if len(self.free) else np.zeros(1)
        told = log_odds(self.told) if len(self.told) else np.zeros(1)
        unsupported = sum(verdict.score for verdict in self.verdicts if verdict.status == "unsupported")
        against = [verdict.score for verdict in self.verdicts if verdict.status == "contradicted"]
        own = [
            free.mean(),
            free.min(),
            min(unsupported, _MOST_COUNTED),
            max(against, default=0.0),
            log_odds(correctness(self.verdicts, self.free)),
        ]
        read = self.aligned[~np.isnan(self.aligned)]
        other = [
            told.mean(),
            told.min(),
            read.min() if len(read) else 0.0,
            self.doubts[~self.supported].max(initial=_NO_DOUBT),
            self.doubts[self.supported].max(initial=_NO_DOUBT),
            self.holds,
            self.quality,
        ]
        return [float(each) * model_free for each in own] + [float(each) for each in other]
