from __future__ import annotations

import numpy as np
import pytest

from kgalign.vote.language_model import ModelError, Prompt, Reply
from kgalign.vote.options import VoteOptions
from kgalign.vote.selection import Selection
from kgalign.vote.voting import Outcome, priors, vote

from .judges import NumberedPrompts, ScriptedJudge, Silent, made_questions

COUNT = 400


def held(judge_options: dict[str, object], **options: object) -> tuple[Outcome, np.ndarray, ScriptedJudge]:
    """A vote by a scripted judge, the truth of its questions, and the judge."""
    questions, truth = made_questions(COUNT, 0)
    judge = ScriptedJudge(truth, **judge_options)  # type: ignore[arg-type]
    selection = Selection(tuple(questions[:COUNT]), tuple(questions[COUNT:]))
    chosen = VoteOptions(**options)  # type: ignore[arg-type]
    outcome = vote(selection, NumberedPrompts(questions), judge, chosen, Silent())
    return outcome, np.array(truth[: len(outcome.asked)]), judge


def right(table: np.ndarray, truth: np.ndarray) -> float:
    return float((table[: len(truth)].argmax(axis=1) == truth).mean())


def before(outcome: Outcome, truth: np.ndarray) -> float:
    return right(priors(outcome.asked), truth)


def test_a_better_judge_repairs_more_and_position_bias_does_not_hinder_it() -> None:
    found = []
    for accuracy in (0.5, 0.7, 0.9):
        outcome, truth, _ = held({"accuracy": accuracy, "bias": 0.5})
        found.append(right(outcome.posterior, truth))
    assert before(outcome, truth) < found[0] < found[1] < found[2]
    wrong = priors(outcome.asked).argmax(axis=1) != truth
    assert (outcome.posterior.argmax(axis=1) == truth)[wrong].mean() > 0.6


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "judge", [{"bias": 1.0}, {"bias": 0.5}, {"bias": 0.0}, {"bias": 0.8, "graded": True}]
)
def test_a_judge_that_knows_nothing_changes_next_to_nothing(judge: dict[str, object], seed: int) -> None:
    accuracy = 0.0 if judge.get("graded") else 1 / 6
    outcome, truth, _ = held({"accuracy": accuracy, "seed": seed, **judge})
    if len(outcome.asked):
        assert outcome.share < 0.3
        assert right(outcome.posterior, truth) >= before(outcome, truth) - 0.02


def test_a_judge_that_is_only_right_where_it_is_easy_is_not_believed() -> None:
    questions, truth = made_questions(COUNT, 1)
    draw = np.random.default_rng(2)
    noise = [int(draw.integers(6)) for _ in range(COUNT)]
    judge = ScriptedJudge([*noise, *truth[COUNT:]], accuracy=0.95)
    selection = Selection(tuple(questions[:COUNT]), tuple(questions[COUNT:]))
    outcome = vote(selection, NumberedPrompts(questions), judge, VoteOptions(), Silent())
    assert outcome.strength.slope > 0
    assert outcome.share < 0.15
    known = np.array(truth[:COUNT])
    assert right(outcome.posterior, known) >= before(outcome, known) - 0.02


@pytest.mark.parametrize("graded", [False, True])
def test_stopping_early_saves_calls_and_keeps_the_outcome(graded: bool) -> None:
    judge: dict[str, object] = {"accuracy": 0.9, "bias": 0.3, "graded": graded}
    whole, _, _ = held(judge, rounds=5, stop_early=False)
    early, _, _ = held(judge, rounds=5)
    same = whole.posterior.argmax(axis=1) == early.posterior.argmax(axis=1)
    assert same.mean() >= 0.97
    assert len(early.ballots) <= 0.65 * len(whole.ballots)


def test_graded_answers_tell_more_than_the_letter() -> None:
    judge: dict[str, object] = {"accuracy": 0.6, "bias": 0.4, "graded": True}
    outcome, truth, _ = held(judge)
    assert outcome.votes[0].graded
    assert right(outcome.posterior, truth) > before(outcome, truth) + 0.1


def test_a_budget_is_kept_and_spent_where_the_aligner_is_least_sure() -> None:
    outcome, _, judge = held({"accuracy": 0.9}, budget=600)
    assert judge.calls == len(outcome.ballots) + len(outcome.control_ballots) <= 600
    assert 0 < len(outcome.asked) < COUNT
    assert len(outcome.control_ballots) <= 200


def test_a_majority_of_rounds_wins() -> None:
    outcome, truth, _ = held({"accuracy": 0.8}, tally="majority", rounds=5)
    assert right(outcome.posterior, truth) > before(outcome, truth)


def test_none_of_these_is_honoured() -> None:
    outcome, truth, _ = held({"accuracy": 0.9, "bias": 0.3})
    none = np.array([question.none for question in outcome.asked])
    hidden = truth == none
    unforeseen = hidden & (priors(outcome.asked).argmax(axis=1) != none)
    assert unforeseen.sum() > 50
    chosen = outcome.posterior.argmax(axis=1) == none
    assert chosen[hidden].mean() > 0.85
    assert chosen[unforeseen].mean() > 0.8
    assert chosen[~hidden].mean() < 0.1


def test_malformed_answers_are_counted_and_say_nothing() -> None:
    class Mumbling(ScriptedJudge):
        async def ask(self, prompt: Prompt) -> Reply:
            reply = await super().ask(prompt)
            return Reply("well, who knows") if self.calls % 3 == 0 else reply

    questions, truth = made_questions(COUNT, 4)
    selection = Selection(tuple(questions[:COUNT]), tuple(questions[COUNT:]))
    judge = Mumbling(truth, accuracy=0.9)
    outcome = vote(selection, NumberedPrompts(questions), judge, VoteOptions(stop_early=False), Silent())
    assert outcome.malformed == judge.calls // 3
    assert len(outcome.votes[0].question) + len(outcome.votes[1].question) == judge.calls - outcome.malformed


def test_without_control_questions_nothing_is_believed() -> None:
    questions, truth = made_questions(COUNT, 5, controls=0)
    judge = ScriptedJudge(truth, accuracy=1.0)
    selection = Selection(tuple(questions), ())
    outcome = vote(selection, NumberedPrompts(questions), judge, VoteOptions(), Silent())
    assert judge.calls == 0 and len(outcome.asked) == 0


def test_a_model_that_fails_ends_the_vote() -> None:
    class Broken(ScriptedJudge):
        async def ask(self, prompt: Prompt) -> Reply:
            raise ModelError("gone.")

    questions, truth = made_questions(20, 6)
    selection = Selection(tuple(questions[:20]), tuple(questions[20:]))
    with pytest.raises(ModelError):
        vote(selection, NumberedPrompts(questions), Broken(truth, 1.0), VoteOptions(), Silent())


def test_the_same_seed_gives_the_same_outcome() -> None:
    one, _, _ = held({"accuracy": 0.7, "bias": 0.2})
    other, _, _ = held({"accuracy": 0.7, "bias": 0.2})
    np.testing.assert_array_equal(one.posterior, other.posterior)
    assert one.ballots == other.ballots
