"""A vote on a finished run, from its files to what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from kgalign.align.links import ANCHORED
from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph
from kgalign.progress import Progress
from kgalign.vote.ballots import order_of
from kgalign.vote.language_model import LanguageModel, Prompt
from kgalign.vote.options import VoteOptions
from kgalign.vote.prompt import PreparedQuestions, Prompter
from kgalign.vote.prompt_options import PromptOptions
from kgalign.vote.prompt_text import token_estimate
from kgalign.vote.selection import Selection, select
from kgalign.vote.stages import stages_of
from kgalign.vote.voted_links import VotedLinks, apply, voted_pairs
from kgalign.vote.voted_run import RunToVote, ballot_table
from kgalign.vote.voting import Outcome, vote

# Beside the letter most models answer with an end mark.
_ANSWER_TOKENS = 2


@dataclass(frozen=True)
class Plan:
    """What a vote would ask, before anything is asked.

    Attributes:
        prompts: the first prompts.
        asked: number of questions in earnest.
        controls: number of control questions.
        most_calls: calls if no question stops early.
        input_tokens: of all these calls, as estimated.
        output_tokens: likewise.
    """

    prompts: tuple[Prompt, ...]
    asked: int
    controls: int
    most_calls: int
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Voted:
    """What a vote came to.

    Attributes:
        outcome: the answers, and what they were found to be worth.
        result: the links and candidates now.
        ballots: every answer (see :func:`~kgalign.vote.voted_run.ballot_table`).
    """

    outcome: Outcome
    result: VotedLinks
    ballots: pl.DataFrame


@dataclass(frozen=True)
class Session:
    """A run with the questions about it.

    Attributes:
        run: the finished run.
        graphs: the two graphs that it aligned.
        selection: what is asked.
        prepared: the prompts of ``selection.asked`` and then of ``selection.controls``.
        options: of the vote.
    """

    run: RunToVote
    graphs: tuple[KnowledgeGraph, KnowledgeGraph]
    selection: Selection
    prepared: PreparedQuestions
    options: VoteOptions

    @classmethod
    def of(
        cls,
        run: RunToVote,
        graphs: Sequence[KnowledgeGraph],
        options: VoteOptions,
        prompt_options: PromptOptions,
        extra_labels: tuple[pl.DataFrame | None, pl.DataFrame | None] = (None, None),
    ) -> Session:
        """Choose the questions about *run* and find the facts that they show.

        Raises:
            InputError: if the graphs aren't those of the run, or the bounds are the wrong way round.
        """
        if options.low > options.high:
            raise InputError(
                f"the lower bound, {options.low:g}, is above the upper one, {options.high:g}",
                remedy="give --low below --high",
            )
        first, second = graphs
        candidates = run.by_id(run.candidates.select("source", "target", "weight", "probability"), graphs)
        links = run.by_id(run.links.select("source", "target", "status", "method"), graphs)
        settled = links.filter(pl.col("method").is_in(ANCHORED))["source"]
        selection = select(candidates, settled, options)
        prompter = Prompter(
            first,
            second,
            prompt_options,
            relations=run.relations,
            extra_labels=extra_labels,
            matches=links.filter(pl.col("status") == "accepted").select("source", "target"),
        )
        prepared = prompter.prepare([*selection.asked, *selection.controls])
        return cls(run, (first, second), selection, prepared, options)

    def prompt(self, number: int, order: Sequence[int], round: int) -> Prompt:
        """The prompt of a round: where facts are shown in stages, the rounds alternate between them."""
        stages = stages_of(self.prepared.options.stages)
        return self.prepared.prompt(number, order, stages[round % len(stages)])

    def plan(self, shown: int = 3) -> Plan:
        """What would be asked: *shown* full prompts, and the counts.

        The tokens of all prompts are estimated from up to 100 of them.
        """
        asked, controls = len(self.selection.asked), len(self.selection.controls)
        every = (*self.selection.asked, *self.selection.controls)
        calls = sum(min(self.options.rounds, question.options) for question in every)
        if self.options.budget is not None:
            calls = min(calls, self.options.budget)
        sample = [self._first(number) for number in range(0, len(every), max(1, len(every) // 100))]
        tokens = sum(token_estimate(prompt.system + prompt.user) for prompt in sample)
        return Plan(
            tuple(self._first(number) for number in range(min(shown, asked))),
            asked,
            controls,
            calls,
            round(calls * tokens / max(len(sample), 1)),
            calls * _ANSWER_TOKENS,
        )

    def _first(self, number: int) -> Prompt:
        question = self.prepared.questions[number]
        return self.prompt(number, order_of(question, 0, self.options.seed), 0)

    def hold(self, model: LanguageModel, progress: Progress) -> Voted:
        """Ask *model*, and link anew what it was asked about.

        Raises:
            ModelError: if the model can't be asked any more.
        """
        return self.voted(vote(self.selection, self, model, self.options, progress))

    def voted(self, outcome: Outcome) -> Voted:
        """What *outcome*, of the questions of this session, makes of the run."""
        iris = [graph.entities["iri"] for graph in self.graphs]
        pairs = voted_pairs(outcome)
        named = pairs.select(iris[0].gather(pairs["source"]).alias("source"), "target", "voted").with_columns(
            iris[1].gather(pairs["target"]).alias("target")
        )
        result = apply(self.run.links, self.run.candidates, named, self.run.options)
        return Voted(outcome, result, ballot_table(outcome, self.graphs))
