"""When to stop asking: once the ballots still to come would hardly change which option is best.

The ballots to come are drawn many times over, and the vote is counted after each draw. Which option is
right is drawn by what is known so far; a ballot is then one of those about the control questions in
which the right option stood in the same place. So a draw has all of the model's habits, its liking for
places and its errors, as they were measured, and nothing about their kind is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgalign.vote import tally
from kgalign.vote.ballots import Numbers, Votes, order_of
from kgalign.vote.question import Question
from kgalign.vote.reliability import Strength

_DRAWS = 200
# With fewer ballots to draw from than this, a place's draws would be much the same.
_LEAST_ALIKE = 5

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Standing:
    """How a vote stands.

    Attributes:
        questions: those asked in earnest.
        votes: their ballots so far.
        posterior: questions × options, by these ballots.
        prior: questions × options: the aligner's probability.
        controls: the ballots about the control questions.
        truth: the right option of each control question.
        preference: what the model gives each place, by number of options.
        strength: what the support after all rounds is worth.
        share: share of the questions in which the model's word counts as informed.
    """

    questions: tuple[Question, ...]
    votes: Votes
    posterior: Numbers
    prior: Numbers
    controls: Votes
    truth: Ids
    preference: dict[int, Numbers]
    strength: Strength
    share: float


def steadiness(standing: Standing, numbers: Ids, asked: int, rounds: int, seed: int) -> Numbers:
    """The probability that each question's best option stays the best once all ballots are cast.

    Args:
        standing: how the vote stands.
        numbers: which of the questions.
        asked: how many rounds they have had.
        rounds: how many they would have, fewer where they have fewer options.
        seed: of the orders, and of the draws.

    Returns:
        One probability per number; 0 where too few control questions have as many options to tell.
    """
    steady = np.zeros(len(numbers))
    sizes = standing.votes.options[numbers]
    for size in np.unique(sizes).tolist():
        rows = np.flatnonzero(sizes == size)
        if asked >= min(rounds, size):
            steady[rows] = 1.0
            continue
        pools = _pools(standing, size)
        if min(len(pool) for pool in pools) >= _LEAST_ALIKE:
            coming = range(asked, min(rounds, size))
            steady[rows] = _steady(standing, numbers[rows], size, pools, coming, seed)
    return steady


def settled(votes: Votes, numbers: Ids, rounds: Ids) -> NDArray[np.bool_]:
    """Whether no further ballot can make or break the majority of *rounds* ballots."""
    named = tally.counted(votes)
    most, cast = named.max(axis=1, initial=0), named.sum(axis=1)
    left = rounds - cast
    return np.asarray((2 * most > rounds) | (2 * (most + left) <= rounds))[numbers]


def _pools(standing: Standing, size: int) -> list[Numbers]:
    """Support by place, less the preference, of the control ballots with the right option in each place."""
    votes = standing.controls
    chosen = votes.options[votes.question] == size
    support = votes.support[chosen, :size] - standing.preference.get(size, np.zeros(size))
    right = votes.order[chosen, :size] == standing.truth[votes.question[chosen]][:, None]
    return [support[right[:, place]] for place in range(size)]


def _steady(
    standing: Standing, numbers: Ids, size: int, pools: list[Numbers], coming: range, seed: int
) -> Numbers:
    draw = np.random.default_rng([seed, coming.start, size])
    total, ballots = _totals(standing, numbers, size)
    best = standing.posterior[numbers, :size].argmax(axis=1)
    right = _drawn_options(draw, standing.posterior[numbers, :size])
    support = np.repeat(total[:, None], _DRAWS, axis=1)
    for number in coming:
        orders = np.array([order_of(standing.questions[one], number, seed) for one in numbers])
        places = np.argsort(orders, axis=1)
        by_place = _drawn_ballots(draw, pools, np.take_along_axis(places, right, axis=1))
        support += np.take_along_axis(by_place, places[:, None, :], axis=2)
    support /= (ballots + len(coming))[:, None, None]
    support -= support.mean(axis=2, keepdims=True)
    every = support.reshape(-1, size)
    belief = standing.strength.belief(every, np.full(len(every), size - 1)).reshape(support.shape)
    # One who knows nothing names each option as often as all draws together do.
    chance = belief @ belief.mean(axis=(0, 1))
    evidence = standing.share * belief + (1 - standing.share) * chance[:, :, None]
    winner = (standing.prior[numbers, None, :size] * evidence).argmax(axis=2)
    return np.asarray((winner == best[:, None]).mean(axis=1))


def _totals(standing: Standing, numbers: Ids, size: int) -> tuple[Numbers, Numbers]:
    """The sum of each question's support so far, without the preference for places; its ballots."""
    ballots = np.bincount(standing.votes.question, minlength=len(standing.questions))[numbers]
    mean = tally.corrected(standing.votes, standing.preference)[numbers, :size]
    return mean * ballots[:, None], ballots.astype(np.float64)


def _drawn_options(draw: np.random.Generator, probability: Numbers) -> Ids:
    """Options, a row of draws for each row of *probability*."""
    ends = np.cumsum(probability, axis=1)
    level = draw.random((len(probability), _DRAWS)) * ends[:, -1:]
    return np.asarray((level[:, :, None] >= ends[:, None, :-1]).sum(axis=2))


def _drawn_ballots(draw: np.random.Generator, pools: list[Numbers], places: Ids) -> Numbers:
    """For each of *places* a ballot out of its pool: support by place."""
    sizes = np.array([len(pool) for pool in pools])
    starts = np.cumsum(sizes) - sizes
    row = starts[places] + (draw.random(places.shape) * sizes[places]).astype(np.int64)
    return np.asarray(np.concatenate(pools)[row])
