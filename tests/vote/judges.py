"""Judges whose accuracy and bias are known, for the vote to find out."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kgalign.vote.language_model import Prompt, Reply
from kgalign.vote.question import Question

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class NumberedPrompts:
    """Prompts that hold nothing but the number of the question and the order."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = questions

    def prompt(self, number: int, order: Sequence[int], round: int) -> Prompt:
        return Prompt("", json.dumps([number, list(order)]), tuple(LETTERS[: len(order)]))


@dataclass
class ScriptedJudge:
    """Answers rightly with a known probability, unless it names the first place whatever stands there.

    The same prompt gets the same answer.

    Attributes:
        truth: the right option of each question.
        accuracy: how often it is right where it doesn't just name the first place.
        bias: how often it just names the first place.
        seed: of its errors.
        graded: whether it tells probabilities too.
        stubborn: how often it answers a question as it always does, so that asking again won't help.
    """

    truth: Sequence[int]
    accuracy: float
    bias: float = 0.0
    seed: int = 0
    graded: bool = False
    stubborn: float = 0.0
    calls: int = 0
    name: str = "scripted"

    async def ask(self, prompt: Prompt) -> Reply:
        self.calls += 1
        number, order = json.loads(prompt.user)
        draw = np.random.default_rng([self.seed, zlib.crc32(prompt.user.encode())])
        if self.graded:
            return self._graded(number, order, prompt, draw)
        if draw.random() < self.bias:
            return Reply(prompt.letters[0])
        if draw.random() < self.stubborn:
            draw = np.random.default_rng([self.seed, number])
        return Reply(prompt.letters[order.index(self._chosen(number, len(order), draw))])

    async def close(self) -> None:
        pass

    def _chosen(self, number: int, options: int, draw: np.random.Generator) -> int:
        right = self.truth[number]
        if draw.random() < self.accuracy:
            return right
        return int(draw.choice([option for option in range(options) if option != right]))

    def _graded(self, number: int, order: Sequence[int], prompt: Prompt, draw: np.random.Generator) -> Reply:
        """Log-probabilities with noise, and so many nats more for the first place and for the truth."""
        logits = draw.normal(0, 1, len(order))
        logits[0] += 10 * self.bias
        logits[list(order).index(self.truth[number])] += 4 * self.accuracy
        logits -= np.logaddexp.reduce(logits)
        return Reply(prompt.letters[int(logits.argmax())], tuple(logits.tolist()))


class Silent:
    """Progress that nobody sees."""

    def update(self, amount: float = 1) -> object:
        return None

    def note(self, text: str) -> object:
        return None


def made_questions(count: int, seed: int, *, controls: int = 100) -> tuple[list[Question], list[int]]:
    """Questions whose prior is calibrated, control questions after them, and the truth of all."""
    draw = np.random.default_rng(seed)
    questions, truth = [], []
    for number in range(count):
        prior = np.sort(draw.dirichlet([1.0, 0.6, 0.4, 0.3, 0.3]))[::-1]
        prior = np.append(prior, draw.uniform(0.05, 0.6))
        prior /= prior.sum()
        truth.append(int(draw.choice(6, p=prior)))
        questions.append(Question(number, tuple(range(5)), tuple(prior.tolist())))
    for number in range(controls):
        right = 5 if number % 4 == 0 else 0
        truth.append(right)
        prior = (0.98, 0.004, 0.004, 0.004, 0.004, 0.004)
        questions.append(Question(count + number, tuple(range(5)), prior, truth=right))
    return questions, truth
