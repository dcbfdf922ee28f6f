"""One number for how much of a text holds, and one for how much of the facts it says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgalign.verify.evidence import Evidence
from kgalign.verify.scorer import Scores
from kgalign.verify.verdicts import FactCoverage, Verdict

# What a span of each status counts, for the text and against it.
_COUNTS = {"supported": 1.0, "unsupported": 1.0, "contradicted": 2.0}
# Of a fact whose object is there, how much the rest of it weighs.
_LEAST_WEIGHT = 0.1


def correctness(verdicts: Sequence[Verdict], evidence: Evidence, scores: Scores) -> float:
    """How much of what a text says holds, in [0, 1].

    The share of its checkable spans that are supported, times how surely the facts whose objects it
    names are what it says of them. A text with nothing to check is neither right nor wrong: 1.
    """
    counts = dict.fromkeys(_COUNTS, 0.0)
    for verdict in verdicts:
        if verdict.status in counts:
            counts[verdict.status] += _COUNTS[verdict.status] * verdict.score
    total = sum(counts.values())
    share = counts["supported"] / total if total else 1.0
    objects = evidence.objects[: len(scores)].max(axis=1, initial=0.0)
    told = scores.max(axis=1, initial=0.0)
    weights = np.maximum(objects, _LEAST_WEIGHT)
    sure = float(told.sum() / weights.sum()) if len(scores) else 1.0
    return round(share * min(sure, 1.0), 4)


def covered(coverage: Sequence[FactCoverage]) -> float:
    """The mean score of the facts, in [0, 1]; 1 without facts."""
    return round(float(np.mean([each.score for each in coverage])), 4) if coverage else 1.0
