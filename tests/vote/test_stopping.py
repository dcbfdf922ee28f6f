from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kgalign.vote import tally
from kgalign.vote.ballots import Ballot, Votes, order_of
from kgalign.vote.language_model import Reply
from kgalign.vote.question import Question
from kgalign.vote.reliability import posterior, strength
from kgalign.vote.stopping import Standing, steadiness
from kgalign.vote.voting import priors

from .judges import LETTERS, made_questions

COUNT = 600
ROUNDS = 5


def ballot(question: Question, place: int, number: int, named: int) -> Ballot:
    order = order_of(question, number, 0)
    at = order.index(named)
    return Ballot(place, number, order, Reply(LETTERS[at]), at)


def cast(
    questions: list[Question], truth: list[int], rounds: int, accuracy: float, seed: int
) -> list[Ballot]:
    """Ballots of a judge that is right with a known probability, else names any other option."""
    found = []
    for place, (question, right) in enumerate(zip(questions, truth, strict=True)):
        draw = np.random.default_rng([seed, place])
        for number in range(rounds):
            others = [option for option in range(question.options) if option != right]
            named = right if draw.random() < accuracy else int(draw.choice(others))
            found.append(ballot(question, place, number, named))
    return found


def standing(accuracy: float, rounds: int, control_count: int = 200) -> Standing:
    """A vote after so many rounds, its control questions having had all of them."""
    every, truth = made_questions(COUNT, 3, controls=control_count)
    questions, controls = every[:COUNT], every[COUNT:]
    of_controls = Votes.of(cast(controls, truth[COUNT:], ROUNDS, accuracy, 1), controls)
    votes = Votes.of(cast(questions, truth[:COUNT], rounds, accuracy, 2), questions)
    preference = {6: np.zeros(6)}
    none = of_controls.options - 1
    right = np.array(truth[COUNT:], np.int64)
    worth = [
        strength(tally.corrected(of_controls.rows(of_controls.round < count), preference), right, none)
        for count in (rounds, ROUNDS)
    ]
    prior = priors(questions)
    belief = worth[0].belief(tally.corrected(votes, preference), votes.options - 1)
    weighed = posterior(prior, belief, 0.98, votes.options)
    return Standing(tuple(questions), votes, weighed, prior, of_controls, right, preference, worth[1], 0.98)


@pytest.mark.parametrize("accuracy", [0.5, 0.8])
@pytest.mark.parametrize("asked", [1, 3])
def test_what_is_said_to_stay_stays_as_often_as_said(accuracy: float, asked: int) -> None:
    now, whole = standing(accuracy, asked), standing(accuracy, ROUNDS)
    steady = steadiness(now, np.arange(COUNT), asked, ROUNDS, 0)
    stayed = now.posterior.argmax(axis=1) == whole.posterior.argmax(axis=1)
    assert steady.mean() == pytest.approx(stayed.mean(), abs=0.05)
    sure = steady >= 0.9
    assert 20 < sure.sum() < COUNT
    assert stayed[sure].mean() >= 0.9
    assert stayed[~sure].mean() < stayed[sure].mean() - 0.05


def test_more_rounds_make_it_steadier_and_after_the_last_nothing_changes() -> None:
    means = [
        steadiness(standing(0.7, asked), np.arange(COUNT), asked, ROUNDS, 0).mean() for asked in (1, 3, 5)
    ]
    assert means[0] < means[1] < means[2] == 1.0


def test_the_same_seed_gives_the_same_probabilities() -> None:
    now = standing(0.7, 2)
    one = steadiness(now, np.arange(COUNT), 2, ROUNDS, 0)
    again = steadiness(now, np.arange(COUNT), 2, ROUNDS, 0)
    np.testing.assert_array_equal(one, again)


def test_questions_unlike_all_control_questions_are_asked_on() -> None:
    now = standing(0.7, 2)
    few = now.controls.rows(now.controls.question < 2)
    assert not steadiness(replace(now, controls=few), np.arange(COUNT), 2, ROUNDS, 0).any()
