from __future__ import annotations

import numpy as np

from kgalign.align.calibration import calibrated, threshold_for
from kgalign.align.candidates import Pairs
from kgalign.align.matching import best_of_group, sinkhorn


def unheard(pairs: Pairs) -> np.ndarray:
    """No signal but the score."""
    return np.empty((len(pairs), 0), np.float32)


def made(seed: int, entities: int = 600, dangling: int = 200) -> tuple[Pairs, np.ndarray, np.ndarray]:
    """Sources with ten candidates each; the last *dangling* ones have no partner among them."""
    rng = np.random.default_rng(seed)
    source = np.repeat(np.arange(entities), 10)
    target = (source + np.tile(np.arange(10), entities)) % entities
    scores = rng.normal(0, 1.5, len(source))
    true = (target == source) & (source < entities - dangling)
    scores[true] += 7
    order = np.lexsort((target, source))
    return Pairs(source[order], target[order], entities, entities), scores[order], true[order]


def test_probabilities_are_about_right_and_follow_the_evidence() -> None:
    pairs, scores, true = made(0)
    weights = sinkhorn(pairs, scores)
    positives = np.flatnonzero(true & (weights > 0.5))
    best = best_of_group(weights, pairs.source, pairs.sources)
    probability = calibrated(pairs, scores, weights, unheard(pairs), positives, best)
    right = true[best]
    assert abs(probability.mean() - right.mean()) < 0.1
    assert probability[right].mean() > 0.8
    assert probability[~right].mean() < 0.35


def test_too_few_examples_still_give_probabilities() -> None:
    pairs, scores, true = made(1, entities=12, dangling=2)
    weights = sinkhorn(pairs, scores)
    probability = calibrated(
        pairs, scores, weights, unheard(pairs), np.flatnonzero(true)[:3], np.arange(len(pairs))
    )
    assert ((probability >= 0) & (probability <= 1)).all()
    assert probability[true].mean() > probability[~true].mean()


def test_a_signal_speaks_against_a_pair_that_the_score_favours() -> None:
    pairs, scores, true = made(2)
    alone = pairs.source >= 400
    scores[alone & (pairs.target == pairs.source)] += 7
    weights = sinkhorn(pairs, scores)
    positives = np.flatnonzero(true & (weights > 0.6))
    best = best_of_group(weights, pairs.source, pairs.sources)
    likeness = np.random.default_rng(0).normal(true, 0.1)[:, None].astype(np.float32)
    deaf = calibrated(pairs, scores, weights, unheard(pairs), positives, best)
    hearing = calibrated(pairs, scores, weights, likeness, positives, best)
    wrong = ~true[best]
    assert deaf[~wrong].mean() - deaf[wrong].mean() < 0.02
    assert hearing[~wrong].mean() - hearing[wrong].mean() > 0.1


def test_weak_matches_that_are_false_do_not_teach() -> None:
    pairs, scores, true = made(3, dangling=300)
    weights = sinkhorn(pairs, scores)
    best = best_of_group(weights, pairs.source, pairs.sources)
    matched = best[weights[best] >= 0.1]
    sure = best[weights[best] >= 0.6]
    assert true[matched].mean() < 0.9 < true[sure].mean()
    by_matched, by_sure = (
        calibrated(pairs, scores, weights, unheard(pairs), positives, best) for positives in (matched, sure)
    )
    np.testing.assert_array_equal(by_matched, by_sure)


def test_a_signal_that_is_the_same_in_all_examples_counts_for_nothing() -> None:
    pairs, scores, true = made(4)
    weights = sinkhorn(pairs, scores)
    positives = np.flatnonzero(true & (weights > 0.6))
    silent = np.where(pairs.source < 400, 3.0, 1e6)[:, None].astype(np.float32)
    everything = np.arange(len(pairs))
    np.testing.assert_allclose(
        calibrated(pairs, scores, weights, np.zeros_like(silent), positives, positives, everything),
        calibrated(pairs, scores, weights, unheard(pairs), positives, positives, everything),
    )


def test_the_bar_keeps_the_expected_precision() -> None:
    probability = np.array([0.6, 1.0, 0.9, 0.2])
    assert threshold_for(probability, 0.95) == 0.9
    assert threshold_for(probability, 0.8) == 0.6
    assert threshold_for(probability, 0.0) == 0.2


def test_the_bar_of_hopeless_links_lets_none_pass() -> None:
    assert threshold_for(np.array([0.3, 0.2]), 0.95) == 1.0
    assert threshold_for(np.empty(0), 0.95) == 0.0
