from __future__ import annotations

import numpy as np

from kgalign.align.candidates import Pairs
from kgalign.align.combination import Combination, learn

STARTING = Combination(("telling", "noise"), np.array([1.0, 1.0]), 0)


def contest(entities: int = 60, seed: int = 0) -> tuple[Pairs, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    source, target = np.divmod(np.arange(entities * entities), entities)
    pairs = Pairs(source, target, entities, entities)
    signals = rng.normal(size=(len(pairs), 2)).astype(np.float32)
    positives = np.flatnonzero(source == target)
    signals[positives, 0] += 3
    return pairs, signals, positives


def test_a_telling_signal_outweighs_noise() -> None:
    pairs, signals, positives = contest()
    learnt = learn(pairs, signals, positives, STARTING)
    assert learnt.learnt_from == len(positives)
    assert learnt.weights[0] > 1.5
    assert learnt.weights[1] < 0.5


def test_no_signal_counts_against_a_pair() -> None:
    pairs, signals, positives = contest()
    signals[positives, 1] -= 5
    assert (learn(pairs, signals, positives, STARTING).weights >= 0).all()


def test_few_examples_leave_the_starting_weights() -> None:
    pairs, signals, positives = contest()
    assert learn(pairs, signals, positives[:5], STARTING) is STARTING


def test_the_same_examples_give_the_same_weights() -> None:
    pairs, signals, positives = contest()
    assert np.array_equal(
        learn(pairs, signals, positives, STARTING).weights, learn(pairs, signals, positives, STARTING).weights
    )
