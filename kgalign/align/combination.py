"""How much each signal counts: a conditional logit learnt from seeds or pseudo-seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from kgalign.align.candidates import Ids, Pairs

MINIMUM_EXAMPLES = 20
_MAXIMUM_EXAMPLES = 4000
_PRIOR_STRENGTH = 5.0
_PRIOR_SHARE_OF_BIASED = 0.1


@dataclass(frozen=True)
class Combination:
    """Weights of the signals; their weighted sum is a log-scale score.

    Attributes:
        names: the signals' names, in column order.
        weights: one non-negative weight per signal.
        learnt_from: number of pairs the weights were learnt from; 0 for the starting weights.
    """

    names: tuple[str, ...]
    weights: NDArray[np.float64]
    learnt_from: int

    def score(self, signals: NDArray[np.float32]) -> NDArray[np.float64]:
        """Weighted sum of the columns of *signals* (pairs × signals)."""
        return np.asarray(signals @ self.weights.astype(np.float32), np.float64)


def learn(
    pairs: Pairs,
    signals: NDArray[np.float32],
    positives: Ids,
    starting: Combination,
    *,
    biased: bool = False,
) -> Combination:
    """Learn the weights that rank each positive above the other candidates of both its entities.

    Maximises the conditional likelihood of the positive among the candidates of its source and
    among those of its target (McFadden's conditional logit), with two safeguards: no signal may
    count against a pair, and the weights are drawn towards the starting ones, which decide where
    the positives are few.

    Args:
        pairs: the candidates.
        signals: pairs × signals.
        positives: rows of *pairs* taken as true.
        starting: the weights to start from, and to return where fewer than
            :data:`MINIMUM_EXAMPLES` positives are given.
        biased: whether the positives were chosen by a score of these very signals, as pseudo-seeds
            are. Such a choice favours the signal that it was made by, and round after round would
            trust it more; the pull towards the starting weights then grows with the examples.
    """
    if len(positives) < MINIMUM_EXAMPLES:
        return starting
    chosen = positives[:: -(-len(positives) // _MAXIMUM_EXAMPLES)]
    contests = [
        _contest(pairs.source, chosen, signals),
        _contest(pairs.target, chosen, signals),
    ]
    scale = np.maximum(starting.weights, 1e-3)
    prior = _PRIOR_STRENGTH + (_PRIOR_SHARE_OF_BIASED * len(chosen) if biased else 0.0)

    def loss(relative: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = relative * scale
        total = 0.0
        slope = np.zeros_like(weights)
        for contest in contests:
            value, gradient = contest.loss(weights)
            total += value
            slope += gradient
        pull = relative - 1.0
        total += 0.5 * prior * float(pull @ pull)
        return total / len(chosen), (slope * scale + prior * pull) / len(chosen)

    found = minimize(
        loss,
        np.ones(len(scale)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * len(scale),
        options={"maxiter": 100},
    )
    return Combination(starting.names, found.x * scale, len(chosen))


@dataclass(frozen=True)
class _Contest:
    """Candidates competing for the same entity, entity after entity; ``winner`` is the true one."""

    signals: NDArray[np.float64]
    starts: Ids
    sizes: Ids
    winner: Ids

    def loss(self, weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = self.signals @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, self.starts), self.sizes)
        shares = np.exp(scores)
        totals = np.add.reduceat(shares, self.starts)
        shares /= np.repeat(totals, self.sizes)
        value = float(np.log(totals).sum() - scores[self.winner].sum())
        gradient = shares @ self.signals - self.signals[self.winner].sum(axis=0)
        return value, gradient


def _contest(entity: Ids, chosen: Ids, signals: NDArray[np.float32]) -> _Contest:
    order = np.argsort(entity, kind="stable")
    ordered = entity[order]
    first = np.searchsorted(ordered, entity[chosen], "left")
    sizes = np.searchsorted(ordered, entity[chosen], "right") - first
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    within = np.arange(sizes.sum()) - np.repeat(starts, sizes)
    rows = order[np.repeat(first, sizes) + within]
    winner = np.flatnonzero(rows == np.repeat(chosen, sizes))
    return _Contest(signals[rows].astype(np.float64), starts, sizes, winner)
