"""Asking round by round, stopping where the outcome is decided, and weighing what was said."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kgalign.progress import Progress
from kgalign.vote import tally
from kgalign.vote.answers import letter_index
from kgalign.vote.ballots import Ballot, Numbers, Votes, order_of
from kgalign.vote.language_model import LanguageModel, Prompt
from kgalign.vote.options import VoteOptions
from kgalign.vote.question import Question
from kgalign.vote.reliability import (
    DEAF,
    LEAST_CONTROLS,
    Strength,
    informed_share,
    posterior,
    strength,
)
from kgalign.vote.selection import Selection
from kgalign.vote.stopping import Standing, settled, steadiness

# A question is decided once its best option stays so with this probability; after a single round, when
# what the model is worth in these questions is hardly known yet, with a higher one.
_STEADY = 0.94
_STEADY_AT_FIRST = 0.98
# At most this part of a budget goes into measuring the model.
_CONTROLS_OF_BUDGET = 3


class Prompts(Protocol):
    """Gives the prompt of a question, by its number among the asked and then the control questions."""

    def prompt(self, number: int, order: Sequence[int], round: int) -> Prompt:
        """The prompt of round *round*, which shows the options in *order*."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What a vote came to.

    Attributes:
        asked: the questions that were asked in earnest.
        posterior: questions × options: the probability of each option, with the model heard.
        ballots: of the questions asked; ``question`` counts through *asked*.
        controls: the control questions.
        control_ballots: of these.
        votes: the ballots as numbers: of the questions asked, and of the controls.
        strength: what support was found to be worth.
        share: share of the questions in which the model's word counts as informed.
        preference: what the model gives each place, by number of options.
    """

    asked: tuple[Question, ...]
    posterior: Numbers
    ballots: tuple[Ballot, ...]
    controls: tuple[Question, ...]
    control_ballots: tuple[Ballot, ...]
    votes: tuple[Votes, Votes]
    strength: Strength
    share: float
    preference: dict[int, Numbers]

    @property
    def malformed(self) -> int:
        """Number of answers that named none of the letters, or several."""
        return sum(ballot.place is None for ballot in (*self.ballots, *self.control_ballots))


def vote(
    selection: Selection,
    prompts: Prompts,
    model: LanguageModel,
    options: VoteOptions,
    progress: Progress,
) -> Outcome:
    """Ask *model*, and weigh its answers against the aligner's probabilities.

    Args:
        selection: what to ask.
        prompts: the prompts of ``selection.asked`` and then those of ``selection.controls``.
        model: who is asked.
        options: rounds, budget, tally, seed.
        progress: told of each answer.

    Raises:
        ModelError: if the model can't be asked any more.
    """
    return asyncio.run(_Vote(selection, prompts, model, options, progress).run())


class _Vote:
    def __init__(
        self,
        selection: Selection,
        prompts: Prompts,
        model: LanguageModel,
        options: VoteOptions,
        progress: Progress,
    ) -> None:
        self._asked = selection.asked
        self._prompts = prompts
        self._model = model
        self._options = options
        self._progress = progress
        every = (*selection.asked, *selection.controls)
        # More rounds than a full cycle has would show the same prompts again.
        self._rounds = min(options.rounds, max((question.options for question in every), default=1))
        self._left = options.budget
        count = len(selection.controls)
        if options.budget is not None:
            count = min(count, options.budget // (_CONTROLS_OF_BUDGET * self._rounds))
        self._controls = selection.controls[:count]
        self._truth = np.array([question.truth for question in self._controls], np.int64)
        self._ballots: list[Ballot] = []
        self._control_ballots: list[Ballot] = []
        self._reached = 0

    async def run(self) -> Outcome:
        try:
            for number in range(self._rounds):
                offset = len(self._asked)
                self._control_ballots += await self._round(
                    range(len(self._controls)), number, self._controls, offset
                )
            # Nothing that a model without knowledge says can change an outcome.
            if self._options.tally == "majority" or self._knows_anything():
                await self._ask_in_batches()
        finally:
            await self._model.close()
        return self._outcome()

    def _knows_anything(self) -> bool:
        _, controls, every = self._votes()
        return self._strength(controls, self._rounds, tally.place_preference(every)) != DEAF

    async def _ask_in_batches(self) -> None:
        """Ask as many questions as the budget surely lasts for; what stopping early saves buys more."""
        while self._reached < len(self._asked):
            rest = len(self._asked) - self._reached
            size = rest if self._left is None else min(rest, self._left // self._rounds)
            if size == 0:
                return
            waiting = np.arange(self._reached, self._reached + size)
            self._reached += size
            for number in range(self._rounds):
                self._ballots += await self._round(waiting.tolist(), number, self._asked, 0)
                if self._options.stop_early:
                    waiting = waiting[~self._decided(waiting, number + 1)]

    async def _round(
        self, numbers: Sequence[int], number: int, questions: Sequence[Question], offset: int
    ) -> list[Ballot]:
        """Ask those of *questions* with *numbers*, all at once, unless they have had a full cycle."""
        wanted = [one for one in numbers if number < questions[one].options]
        if self._left is not None:
            self._left -= len(wanted)
        return list(
            await asyncio.gather(*(self._ballot(one, number, questions[one], offset + one) for one in wanted))
        )

    async def _ballot(self, number: int, round: int, question: Question, prompted: int) -> Ballot:
        order = order_of(question, round, self._options.seed)
        prompt = self._prompts.prompt(prompted, order, round)
        reply = await self._model.ask(prompt)
        self._progress.update(1)
        return Ballot(number, round, order, reply, letter_index(reply.text, prompt.letters))

    def _votes(self) -> tuple[Votes, Votes, Votes]:
        """The ballots of the questions asked, of the controls, and of both, numbered in this order."""
        offset = len(self._asked)
        moved = [replace(one, question=one.question + offset) for one in self._control_ballots]
        every = Votes.of([*self._ballots, *moved], [*self._asked, *self._controls])
        is_control = every.question >= offset
        controls = replace(
            every.rows(is_control),
            question=every.question[is_control] - offset,
            options=every.options[offset:],
        )
        asked = replace(every.rows(~is_control), options=every.options[:offset])
        if every.graded or self._options.tally == "majority" or len(self._controls) < LEAST_CONTROLS:
            return asked, controls, every
        weights = tally.place_weights(controls, self._truth)
        return tally.weighed(asked, weights), tally.weighed(controls, weights), tally.weighed(every, weights)

    def _strength(self, controls: Votes, rounds: int, preference: dict[int, Numbers]) -> Strength:
        """What the support after so many rounds is worth."""
        support = tally.corrected(controls.rows(controls.round < rounds), preference)
        return strength(support, self._truth, controls.options - 1)

    def _decided(self, numbers: NDArray[np.int64], rounds: int) -> NDArray[np.bool_]:
        """Whether further rounds would hardly change the outcome of each question."""
        votes, controls, every = self._votes()
        if self._options.tally == "majority":
            return settled(votes, numbers, np.minimum(self._rounds, votes.options))
        preference = tally.place_preference(every)
        weighed, share = self._weighed(votes, controls, preference)
        standing = Standing(
            self._asked,
            votes,
            weighed,
            priors(self._asked),
            controls,
            self._truth,
            preference,
            self._strength(controls, self._rounds, preference),
            share,
        )
        steady = steadiness(standing, numbers, rounds, self._rounds, self._options.seed)
        return np.asarray(steady >= (_STEADY_AT_FIRST if rounds == 1 else _STEADY))

    def _weighed(
        self, votes: Votes, controls: Votes, preference: dict[int, Numbers]
    ) -> tuple[Numbers, float]:
        """The posterior of each question, the aligner's where it has no ballot; and the informed share."""
        prior = priors(self._asked)
        ballots = np.bincount(votes.question, minlength=len(self._asked))
        heard = np.flatnonzero(ballots)
        if len(heard) == 0:
            return prior, 0.0
        sizes = votes.options[heard]
        support = tally.corrected(votes, preference)[heard]
        belief = np.empty_like(support)
        # The mean of fewer ballots is worth less.
        for number in np.unique(ballots[heard]).tolist():
            rows = ballots[heard] == number
            found = self._strength(controls, number, preference)
            belief[rows] = found.belief(support[rows], sizes[rows] - 1)
        share = informed_share(prior[heard], belief, sizes)
        weighed = prior.copy()
        weighed[heard] = posterior(prior[heard], belief, share, sizes)
        return weighed, share

    def _outcome(self) -> Outcome:
        votes, controls, every = self._votes()
        preference = tally.place_preference(every)
        weighed, share = self._weighed(votes, controls, preference)
        if self._options.tally == "majority":
            weighed = by_majority(votes, priors(self._asked), _precision(controls, self._truth))
        return Outcome(
            self._asked[: self._reached],
            weighed[: self._reached],
            tuple(self._ballots),
            self._controls,
            tuple(self._control_ballots),
            (votes, controls),
            self._strength(controls, self._rounds, preference),
            share,
            preference,
        )


def priors(questions: Sequence[Question]) -> Numbers:
    """The aligner's probability of each option: questions × most options, 0 beyond a question's."""
    table = np.zeros((len(questions), max((question.options for question in questions), default=0)))
    for row, question in enumerate(questions):
        table[row, : question.options] = question.prior
    return table


def by_majority(votes: Votes, prior: Numbers, precision: float) -> Numbers:
    """The probabilities where the option with most of the votes is right with probability *precision*.

    Where no option has more than half of the votes the aligner's stay.
    """
    winner = tally.majority(votes)
    table = prior.copy()
    rows = np.flatnonzero(winner >= 0)
    chosen = winner[rows]
    table[rows] *= (1 - precision) / np.maximum(1 - prior[rows, chosen], 1e-9)[:, None]
    table[rows, chosen] = precision
    return table


def _precision(controls: Votes, truth: NDArray[np.int64]) -> float:
    """How often the majority is right about the control questions, one success and failure added."""
    winner = tally.majority(controls)
    return float(((winner == truth).sum() + 1) / ((winner >= 0).sum() + 2))
