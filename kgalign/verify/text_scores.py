"""One number for how much of a text holds, and one for how much of the facts it says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgalign.verify.combination import log_odds
from kgalign.verify.evidence import Scores
from kgalign.verify.verdicts import FactCoverage, Verdict

# What is left of a text's correctness where it contradicts the graph for sure.
_AFTER_CONTRADICTION = 0.4


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


def text_numbers(
    model_free: float, told: Scores, doubts: Scores, holds: float, quality: float
) -> list[float]:
    """What a text's soundness is judged by, where the alignment function has read it; all log-odds.

    Args:
        model_free: :func:`correctness` by the model-free layer alone.
        told: by both layers, one score for each fact that the text has to state.
        doubts: the alignment function's log-odds that a word is wrong, one for each word.
        holds: its log-odds that the text says nothing but what the facts say.
        quality: its log-odds that the text is as a person would write it.
    """
    sure = log_odds(told) if len(told) else np.zeros(1)
    return [
        float(log_odds(model_free)),
        float(sure.mean()),
        float(sure.min()),
        float(doubts.max(initial=0.0)),
        holds,
        quality,
    ]
