"""How the answers of the model-free layer and of the alignment function are weighed together.

All weights were fitted by logistic regression on made mistakes in texts that no training saw
(:mod:`kgalign.verify.alignment.calibration`); no judgement of a person is in them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict

from kgalign.verify.evidence import Scores

Numbers = NDArray[np.float64]
_CERTAIN = 1e-3
# Where the model-free layer found no span.
NOTHING = "nothing"


class LogisticRule(BaseModel):
    """A probability from weighed numbers.

    Attributes:
        bias: log-odds where all numbers are zero.
        weights: one for each number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bias: float
    weights: tuple[float, ...]

    def probability(self, *numbers: ArrayLike) -> Numbers:
        """The probability for arrays of one shape, in the weights' order."""
        total = self.bias + sum(
            weight * np.asarray(values, np.float64)
            for weight, values in zip(self.weights, numbers, strict=True)
        )
        result: Numbers = 1 / (1 + np.exp(-total))
        return result


def log_odds(probability: ArrayLike) -> Numbers:
    """The log-odds of probabilities, none of which counts as certain."""
    clipped = np.clip(np.asarray(probability, np.float64), _CERTAIN, 1 - _CERTAIN)
    result: Numbers = np.log(clipped / (1 - clipped))
    return result


class Combination(BaseModel):
    """The weights.

    Attributes:
        stated: of the model-free score's log-odds and the alignment function's: a sentence states a fact.
        wrong: by what the model-free layer found at a place (``supported``, ``unsupported``,
            ``contradicted``, ``not checkable`` or ``nothing``), of the alignment function's log-odds that
            no fact supports it: the place is wrong.
        sound: of the text's numbers (:class:`kgalign.verify.text_scores.ReadText`): nothing in it is wrong.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stated: LogisticRule
    wrong: dict[str, LogisticRule]
    sound: LogisticRule

    def facts(self, model_free: Scores, aligned: Scores) -> Scores:
        """How surely each sentence states each fact, from both layers.

        Args:
            model_free: facts × sentences, in [0, 1].
            aligned: likewise, log-odds; NaN for facts that the alignment function did not read, which
                are as sure as the model-free layer is.
        """
        both = self.stated.probability(log_odds(model_free), np.nan_to_num(aligned))
        result: Scores = np.where(np.isnan(aligned), model_free, both).astype(np.float32)
        return result
