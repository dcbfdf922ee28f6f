from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.vote import tally
from kgalign.vote.accuracy import judge_accuracy
from kgalign.vote.ballots import Ballot, Votes, order_of
from kgalign.vote.language_model import Reply
from kgalign.vote.question import Question
from kgalign.vote.reliability import DEAF, Strength, informed_share, posterior, strength
from kgalign.vote.voting import by_majority, priors


def question(number: int, targets: int = 3) -> Question:
    share = 1 / (targets + 1)
    return Question(number, tuple(range(targets)), (share,) * (targets + 1))


def ballots_of(number: int, asked: Question, named: list[int | None]) -> list[Ballot]:
    """One ballot per round, each naming the option given, whatever place it stands in."""
    orders = [order_of(asked, round, 0) for round in range(len(named))]
    return [
        Ballot(number, round, order, Reply(""), None if option is None else order.index(option))
        for round, (order, option) in enumerate(zip(orders, named, strict=True))
    ]


@given(st.integers(1, 19), st.integers(0, 10**6), st.integers(0, 3))
def test_a_full_cycle_shows_every_option_once_in_every_place(targets: int, source: int, seed: int) -> None:
    asked = question(source, targets)
    orders = np.array([order_of(asked, round, seed) for round in range(asked.options)])
    for axis in (0, 1):
        assert (
            np.sort(orders, axis=axis) == np.arange(asked.options).reshape((-1, 1) if axis == 0 else (1, -1))
        ).all()


@given(
    st.lists(st.floats(-2.5, 2.5), min_size=4, max_size=4),
    st.lists(st.floats(-2.5, 2.5), min_size=4, max_size=4),
)
def test_over_a_full_cycle_the_liking_for_places_cancels_exactly(
    liking: list[float], worth: list[float]
) -> None:
    asked = question(7)
    ballots = []
    for round in range(4):
        order = order_of(asked, round, 0)
        logits = np.array(liking) + np.array(worth)[list(order)]
        ballots.append(Ballot(0, round, order, Reply("", tuple((logits - 1.0).tolist())), 0))
    votes = Votes.of(ballots, [asked])
    support = tally.corrected(votes, {})[0]
    # Each ballot's probabilities sum to 1, which moves all of its options alike.
    np.testing.assert_allclose(support - support[0], np.array(worth) - worth[0], atol=1e-9)


def test_what_a_place_gets_on_average_is_taken_out() -> None:
    draw = np.random.default_rng(0)
    asked = [question(number) for number in range(300)]
    ballots = []
    for number, one in enumerate(asked):
        order = order_of(one, 0, 0)
        named = order[0] if draw.random() < 0.6 else int(draw.integers(4))
        ballots.append(Ballot(number, 0, order, Reply(""), order.index(named)))
    votes = Votes.of(ballots, asked)
    preference = tally.place_preference(votes)[4]
    assert preference[0] == pytest.approx(0.45, abs=0.06)
    assert preference.sum() == pytest.approx(0)
    means = tally.corrected(votes, {4: preference})
    by_first = np.array([means[number, ballot.order[0]] for number, ballot in enumerate(ballots)])
    assert by_first.mean() == pytest.approx(0, abs=1e-9)


def test_a_majority_is_more_than_half() -> None:
    asked = [question(0), question(1), question(2)]
    ballots = [
        *ballots_of(0, asked[0], [2, 2, 1]),
        *ballots_of(1, asked[1], [2, 2, 1, 1]),
        *ballots_of(2, asked[2], [None, 3]),
    ]
    votes = Votes.of(ballots, asked)
    np.testing.assert_array_equal(tally.majority(votes), [2, -1, 3])
    table = by_majority(votes, priors(asked), 0.9)
    np.testing.assert_allclose(table[0], [0.1 / 3, 0.1 / 3, 0.9, 0.1 / 3])
    np.testing.assert_allclose(table[1], 0.25)


def test_malformed_ballots_are_no_votes() -> None:
    asked = [question(0)]
    votes = Votes.of(ballots_of(0, asked[0], [None, None, 1]), asked)
    assert len(votes.question) == 1
    np.testing.assert_array_equal(tally.counted(votes), [[0, 1, 0, 0]])


def test_without_any_ballot_nothing_is_said() -> None:
    votes = Votes.of([], [question(0), question(1, 5)])
    np.testing.assert_array_equal(tally.majority(votes), [-1, -1])
    support = tally.corrected(votes, {})
    np.testing.assert_array_equal(np.isnan(support), [[False] * 4 + [True] * 2, [False] * 6])
    assert np.nansum(np.abs(support)) == 0


def test_questions_of_different_sizes_are_told_apart() -> None:
    asked = [question(0, 2), question(1, 4)]
    votes = Votes.of([*ballots_of(0, asked[0], [1, 1]), *ballots_of(1, asked[1], [3, 3])], asked)
    support = tally.corrected(votes, tally.place_preference(votes))
    assert np.isnan(support[0, 3:]).all()
    assert not np.isnan(support[1]).any()
    np.testing.assert_array_equal(tally.majority(votes), [1, 3])


def test_a_place_that_is_always_named_tells_nothing() -> None:
    draw = np.random.default_rng(1)
    asked = [question(number) for number in range(400)]
    truth = draw.integers(0, 4, len(asked))
    ballots = []
    for number, one in enumerate(asked):
        order = order_of(one, 0, 0)
        named = order[0] if draw.random() < 0.7 else int(truth[number])
        ballots.append(Ballot(number, 0, order, Reply(""), order.index(named)))
    weights = tally.place_weights(Votes.of(ballots, asked), truth)[4]
    assert 0 < weights[0] < 1 < 2 < weights[1:].min()


def test_strength_is_learnt_and_chance_has_none() -> None:
    draw = np.random.default_rng(2)
    truth = draw.integers(0, 4, 200)
    none = np.full(200, 3)
    noise = draw.normal(0, 1, (200, 4))
    assert strength(noise, truth, none) == DEAF or strength(noise, truth, none).slope < 0.15
    telling = noise.copy()
    telling[np.arange(200), truth] += 2
    found = strength(telling, truth, none)
    assert found.slope > 1
    assert strength(telling[:10], truth[:10], none[:10]) == DEAF
    assert strength(np.zeros((200, 4)), truth, none) == DEAF


def test_none_that_is_named_too_readily_is_discounted() -> None:
    draw = np.random.default_rng(3)
    truth = draw.integers(0, 4, 400)
    support = draw.normal(0, 1, (400, 4))
    support[np.arange(400), truth] += 2
    support[:, 3] += 3
    found = strength(support, truth, np.full(400, 3))
    assert found.none < -2
    belief = found.belief(support, np.full(400, 3))
    assert (belief.argmax(axis=1) == truth).mean() > 0.7


def test_the_informed_share_is_high_for_one_who_agrees_and_none_for_one_who_does_not() -> None:
    draw = np.random.default_rng(4)
    prior = draw.dirichlet([2.0, 1.0, 0.5, 0.5], 500)
    truth = (prior.cumsum(axis=1) > draw.random((500, 1))).argmax(axis=1)
    sizes = np.full(500, 4)
    sure = np.full((500, 4), 0.02)
    sure[np.arange(500), truth] = 0.94
    assert informed_share(prior, sure, sizes) > 0.85
    assert informed_share(prior, draw.permutation(sure), sizes) < 0.1
    assert informed_share(prior, np.full((500, 4), 0.25), sizes) == 0


@given(st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_the_posterior_is_a_probability_and_no_word_leaves_the_prior(share: float, seed: int) -> None:
    draw = np.random.default_rng(seed)
    prior, belief = draw.dirichlet([1.0] * 4, 5), draw.dirichlet([0.5] * 4, 5)
    sizes = np.full(5, 4)
    np.testing.assert_allclose(posterior(prior, belief, share, sizes).sum(axis=1), 1)
    np.testing.assert_allclose(posterior(prior, belief, 0.0, sizes), prior)
    np.testing.assert_allclose(posterior(prior, np.full((5, 4), 0.25), share, sizes), prior)
    same = np.tile(belief[:1], (5, 1))
    assert informed_share(np.tile(prior[:1], (5, 1)), same, sizes) <= 1


def test_the_judge_is_judged_by_one_ballot_by_most_and_corrected() -> None:
    asked = [question(0), question(1), question(2)]
    ballots = [
        *ballots_of(0, asked[0], [1, 2, 2]),
        *ballots_of(1, asked[1], [3, 0, 3]),
        *ballots_of(2, asked[2], [None, 1, 2]),
    ]
    votes = Votes.of(ballots, asked)
    truth = np.array([2, 3, 1])
    found = judge_accuracy(votes, truth, {}, Strength(1.0, 0.0))
    np.testing.assert_array_equal(found.single, [0, 1, 0])
    np.testing.assert_array_equal(found.most, [1, 1, 0.5])
    first = judge_accuracy(votes, truth, {}, DEAF, rounds=1)
    np.testing.assert_array_equal(first.corrected[:2], [0, 1])
