"""From scores to probabilities, without having seen a reference.

The surest matches give positive examples: the true candidate among its rivals. Take the true
candidate away, and the best of those that remain shows what an entity *without* a partner looks
like: the negative examples. A logistic regression tells the two apart; since the examples hold as
many of one kind as of the other, the share of entities that really have a partner is then estimated
from the graphs themselves (Saerens, Latinne and Decaestecker 2002) and the probabilities are
corrected for it.

The regression sees each signal beside the score that ranks an entity's candidates: what tells the
right candidate from the others isn't what tells whether the right one is there. Between two capitals
the neighbours may choose well, but that the names have nothing in common speaks against both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from kgalign.align.candidates import Ids, Pairs
from kgalign.align.matching import Values, balanced, best_of_group, margins
from kgalign.align.options import Cardinality

_MINIMUM_EXAMPLES = 20
# Where many entities have no partner, many of the weaker matches are false, and would teach that
# false ones are true: without 30% of zh_en's linked targets, one in ten of all matches is false,
# and one in thirty of these.
_SURE_WEIGHT = 0.6
# One in three of them becomes a negative example.
_ENOUGH_POSITIVES = 3 * _MINIMUM_EXAMPLES
_RIDGE = 1.0
_LEAST_SPREAD = 1e-6
_PRIOR_BOUNDS = (0.02, 0.995)

Signals = NDArray[np.float32]


@dataclass(frozen=True)
class Calibration:
    """A logistic model of how likely a pair is true.

    Attributes:
        weights: intercept, then one weight per feature (see :func:`features`) and per signal, on
            values divided by *scale*; signals without a weight count for nothing.
        scale: spread of each of these among the examples; infinite where it is the same in all.
        examples: number of positive examples it was learnt from.
    """

    weights: NDArray[np.float64]
    scale: NDArray[np.float64]
    examples: int

    def log_odds(self, table: NDArray[np.float64], signals: Signals) -> Values:
        """Log-odds of each row of *table* and *signals*, at equal numbers of true and false pairs."""
        slopes = self.weights[1:] / self.scale
        known, heard = slopes[: table.shape[1]], slopes[table.shape[1] :]
        odds = self.weights[0] + table @ known
        if len(heard):
            odds += signals @ heard.astype(np.float32)
        return np.asarray(odds)


def calibrated(
    pairs: Pairs,
    scores: Values,
    weights: Values,
    signals: Signals,
    positives: Ids,
    chosen: Ids,
    judged: Ids | None = None,
    cardinality: Cardinality = "one-to-one",
) -> Values:
    """Probability of each *judged* row.

    Args:
        pairs: the candidates.
        scores: log-scale score per pair.
        weights: the scores after balancing.
        signals: pairs × signals.
        positives: rows taken as true; where they are too few, the starting calibration serves.
        chosen: rows proposed as links; they tell how many entities have a partner at all.
        judged: rows to judge; None for the *chosen* ones.
        cardinality: where targets may be shared, another source of the target is no rival.
    """
    table = features(pairs, scores, weights, cardinality)
    sure = positives[weights[positives] >= _SURE_WEIGHT]
    if len(sure) < _ENOUGH_POSITIVES:
        sure = positives
    true = np.concatenate([table[sure], signals[sure]], axis=1)
    false = _without_partner(pairs, scores, signals, sure, cardinality)
    calibration = learn(true, false) or STARTING
    odds = calibration.log_odds(table, signals)
    share = logit(_share_with_partner(odds[chosen]))
    return np.asarray(expit(odds[chosen if judged is None else judged] + share))


def threshold_for(probability: Values, precision: float) -> float:
    """The lowest probability down to which the mean of all higher ones stays at *precision*.

    1 if not even the highest reaches it, so that only what is certain passes; 0 without any.
    """
    if len(probability) == 0:
        return 0.0
    ranked = np.sort(probability)[::-1]
    expected = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    # The mean falls as less probable links join, so the ones that suffice come first.
    enough = int((expected >= precision).sum())
    return float(ranked[enough - 1]) if enough else 1.0


def features(
    pairs: Pairs, scores: Values, weights: Values, cardinality: Cardinality = "one-to-one"
) -> NDArray[np.float64]:
    """What the probability depends on beside the signals: score, lead over the best rivals, balance."""
    by_source, by_target = margins(pairs, scores)
    if cardinality == "many-to-one":
        by_target = by_source
    return np.stack(
        [
            scores,
            np.minimum(by_source, by_target),
            np.maximum(by_source, by_target),
            np.log(np.maximum(weights, 1e-6)),
        ],
        axis=1,
    )


def learn(true: NDArray[np.float64], false: NDArray[np.float64]) -> Calibration | None:
    """Learn to tell pairs taken as true from pairs taken as false; None where there are too few.

    Args:
        true: features and signals of the pairs taken as true.
        false: those of the others.
    """
    if len(true) < _ENOUGH_POSITIVES or len(false) < _MINIMUM_EXAMPLES:
        return None
    table = np.concatenate([true, false])
    answer = np.concatenate([np.ones(len(true)), np.zeros(len(false))])
    balance = np.where(answer == 1, 0.5 / len(true), 0.5 / len(false))
    spread = table.std(axis=0)
    scale = np.where(spread > _LEAST_SPREAD, spread, np.inf)
    design = np.concatenate([np.ones((len(table), 1)), table / scale], axis=1)
    ridge = _RIDGE / len(true)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = design @ weights
        value = balance @ (np.logaddexp(0.0, odds) - answer * odds)
        slope = design.T @ (balance * (expit(odds) - answer))
        penalty = ridge * weights
        penalty[0] = 0.0
        return float(value + 0.5 * penalty @ weights), slope + penalty

    bounds = [(None, None)] + [(0.0, None)] * table.shape[1]
    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds)
    return Calibration(found.x, scale, len(true))


def _share_with_partner(odds: Values) -> float:
    """Expectation-maximisation of the share of true pairs, given log-odds at equal numbers."""
    share = 0.5
    for _ in range(200):
        updated = float(np.clip(expit(odds + logit(share)).mean(), *_PRIOR_BOUNDS)) if len(odds) else share
        if abs(updated - share) < 1e-7:
            break
        share = updated
    return share


def _without_partner(
    pairs: Pairs, scores: Values, signals: Signals, positives: Ids, cardinality: Cardinality
) -> NDArray[np.float64]:
    """Features and signals of the best remaining candidate of sources whose true target was taken away.

    Of every three positives one loses its target and one its source, so that there are entities
    without a partner in both graphs, as there are in life, and some of them look alike.
    """
    gone = np.zeros(pairs.targets, bool)
    gone[pairs.target[positives[::3]]] = True
    away = np.zeros(pairs.sources, bool)
    away[pairs.source[positives[1::3]]] = True
    rows = np.flatnonzero(~(gone[pairs.target] | away[pairs.source]))
    rest = Pairs(pairs.source[rows], pairs.target[rows], pairs.sources, pairs.targets)
    weights = balanced(rest, scores[rows], cardinality)
    table = features(rest, scores[rows], weights, cardinality)
    best = best_of_group(weights, rest.source, rest.sources)
    orphaned = best[pairs.source[positives[::3]]]
    orphaned = orphaned[orphaned >= 0]
    return np.concatenate([table[orphaned], signals[rows[orphaned]]], axis=1)


STARTING = Calibration(np.array([-6.0, 0.5, 0.25, 0.0, 0.25]), np.ones(4), 0)
