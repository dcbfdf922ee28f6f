"""What a model's word is worth, measured and not believed.

First on questions whose answer is known: a conditional logit learns how strongly the support of an
option speaks for it, and how far "none of these" is named too readily. The lower end of the confidence
interval is taken, so that a model no better than chance gets no say.

Then on the questions in earnest, which are harder: the model's word is taken as informed in a share
of the questions and as noise in the others, and the share is the one that best fits what the aligner
thinks of the same questions, again at the lower end of its interval. A model that contradicts the
aligner as often as chance would is not listened to; one that mostly agrees may overrule it elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from kgalign.vote.ballots import Numbers

# How few control questions are too few to say anything.
LEAST_CONTROLS = 20
# One-sided 95%: as a normal quantile, and as the drop of a log-likelihood that it comes to.
_QUANTILE = 1.645
_DROP = 0.5 * _QUANTILE**2
_RIDGE = 0.05
_DOUBT = 0.1
# One who always knows would be taken for informed in this share, since the aligner's probabilities,
# by which it is measured, are not quite right themselves.
_AS_OF_ONE_WHO_KNOWS = 0.85
# Nobody is believed so far that one answer could outdo any certainty.
_MOST_INFORMED = 0.98


@dataclass(frozen=True)
class Strength:
    """How much support speaks for an option.

    Attributes:
        slope: log-odds per unit of support; 0 where the model knows nothing.
        none: log-odds that "none of these" is given for nothing; negative where it's named too readily.
    """

    slope: float
    none: float

    def belief(self, support: Numbers, none: NDArray[np.int64]) -> Numbers:
        """The model's own probability of each option, before the aligner is heard.

        Args:
            support: questions × options, NaN beyond a question's options.
            none: the option "none of these" of each question.

        Returns:
            Questions × options, each row summing to 1; 0 beyond a question's options.
        """
        score = self.slope * support
        score[np.arange(len(score)), none] += self.none
        score = np.where(np.isnan(score), -np.inf, score)
        score -= score.max(axis=1, keepdims=True, initial=-np.inf)
        weight = np.exp(score)
        return np.asarray(weight / weight.sum(axis=1, keepdims=True))


DEAF = Strength(0.0, 0.0)


def strength(support: Numbers, truth: NDArray[np.int64], none: NDArray[np.int64]) -> Strength:
    """Learn from control questions.

    Args:
        support: questions × options, NaN beyond a question's options.
        truth: the right option of each.
        none: the option "none of these" of each.
    """
    if len(truth) < LEAST_CONTROLS:
        return DEAF
    unit = float(np.nanstd(support))
    if unit < 1e-9:
        return DEAF
    rows = np.arange(len(truth))
    known = np.where(np.isnan(support), -np.inf, support / unit)
    is_none = np.zeros_like(support)
    is_none[rows, none] = 1.0
    # Control questions hide the target at a rate of their own, which says nothing about the others.
    hidden = float(np.clip((truth == none).mean(), 0.02, 0.98))
    offset = np.where(is_none == 1.0, np.log(hidden), np.log((1 - hidden) / np.maximum(none, 1))[:, None])
    finite = np.where(np.isnan(support), 0.0, support / unit)

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        score = np.where(np.isneginf(known), -np.inf, offset + weights[0] * finite + weights[1] * is_none)
        score = score - score.max(axis=1, keepdims=True)
        share = np.exp(score)
        total = share.sum(axis=1, keepdims=True)
        share /= total
        value = float(np.log(total).sum() - score[rows, truth].sum())
        slope = [float((share * column).sum() - column[rows, truth].sum()) for column in (finite, is_none)]
        return value + 0.5 * _RIDGE * float(weights @ weights), np.array(slope) + _RIDGE * weights

    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B")
    slope = float(found.x[0]) - _QUANTILE * _standard_error(loss, found.x)
    return Strength(slope / unit, float(found.x[1])) if slope > 0 else DEAF


def _standard_error(loss: object, weights: Numbers, step: float = 1e-4) -> float:
    """Of the first weight, from the curvature of *loss* where it is lowest."""
    assert callable(loss)
    curvature = np.array(
        [(loss(weights + shift)[1] - loss(weights - shift)[1]) / (2 * step) for shift in step * np.eye(2)]
    )
    return float(np.sqrt(max(np.linalg.pinv((curvature + curvature.T) / 2)[0, 0], 0.0)))


def by_chance(belief: Numbers, options: NDArray[np.int64]) -> Numbers:
    """How probable each question's answer is for one who knows nothing but how often each option is named.

    Options stand in the aligner's order, and most models name its first choice more often than others: to
    agree with the aligner that way is no knowledge.

    Args:
        belief: questions × options: the model's probabilities.
        options: number of options of each question.
    """
    found = np.empty(len(belief))
    for size in np.unique(options).tolist():
        rows = options == size
        found[rows] = belief[rows] @ belief[rows].mean(axis=0)
    return found


def informed_share(prior: Numbers, belief: Numbers, options: NDArray[np.int64]) -> float:
    """The share of questions in which the model's word is surely no noise.

    A judge who knows names the right option, another one whichever it likes (Dawid and Skene 1979).

    Args:
        prior: questions × options: the aligner's probability.
        belief: questions × options: the model's.
        options: number of options of each question.
    """
    # The aligner too may be wrong where it is sure, which must not count against who contradicts it.
    doubted = (1 - _DOUBT) * prior + _DOUBT * (belief > 0) / options[:, None]
    informed, chance = (doubted * belief).sum(axis=1), by_chance(belief, options)
    shares = np.linspace(0.0, 1.0, 1001)
    # The likelihood is concave in the share.
    likelihood = np.array(
        [np.log(np.maximum(share * informed + (1 - share) * chance, 1e-12)).sum() for share in shares]
    )
    best = int(likelihood.argmax())
    enough = np.flatnonzero(likelihood[: best + 1] >= likelihood[best] - _DROP)
    return float(min(shares[enough[0]] / _AS_OF_ONE_WHO_KNOWS, _MOST_INFORMED))


def posterior(prior: Numbers, belief: Numbers, share: float, options: NDArray[np.int64]) -> Numbers:
    """The probability of each option once the model was heard: questions × options, rows sum to 1."""
    evidence = share * belief + (1 - share) * by_chance(belief, options)[:, None]
    weight = prior * evidence
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
