"""What a vote is worth: judges of known accuracy and bias, and a real, small language model.

All is on the pairs of DBP15K zh-en that a finished run (own labels, no seeds) is unsure of:

* ``judge``: the real model alone, on questions that the reference answers: right in one round, and by
  most votes and corrected for 3, 5 and all cyclic rounds, with 95% bootstrap intervals;
* ``real``: whole votes by the real model with a small budget: Hits@1 before and after, for three seeds;
* ``scripted``: whole votes by judges with a strong liking for the first place: errors repaired, and
  what stopping early saves and changes;
* ``hidden``: the same with the right target taken out of half of the questions.

    python tools/bench/voting.py RUN [--only judge real scripted hidden] [--training]

``--training`` looks at training links only: no prompt is chosen on test links. The answers of the real
model are kept in a file, so that the script may be stopped and started again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from aligner_runs import circumstances
from benchmark_data import DATA_SETS, ROOT, known_links
from llama_server import MODEL, serving
from numpy.typing import NDArray

from kgalign.cache_folder import cache_folder
from kgalign.evaluate import ranking_metrics
from kgalign.files import atomic_file
from kgalign.kg import load
from kgalign.progress import progress
from kgalign.vote import tally
from kgalign.vote.accuracy import judge_accuracy
from kgalign.vote.answer_cache import CachedModel
from kgalign.vote.answers import letter_index
from kgalign.vote.ballots import Ballot, Votes, order_of
from kgalign.vote.clients import ModelOptions, open_model
from kgalign.vote.language_model import Prompt, Reply
from kgalign.vote.options import VoteOptions
from kgalign.vote.prompt_options import PromptOptions
from kgalign.vote.question import Question
from kgalign.vote.reliability import Strength
from kgalign.vote.selection import Selection, prior_of
from kgalign.vote.session import Session
from kgalign.vote.voted_run import RunToVote
from kgalign.vote.voting import Outcome, priors, vote

RESULTS = ROOT / "tools" / "bench" / "results" / "voting.json"
PARTS = ("scripted", "hidden", "judge", "real")
# Short prompts, for a model that is asked on a CPU.
PROMPTS = PromptOptions(fact_tokens=120, facts_per_entity=3)
JUDGED = 300
ACCURACIES = (0.5, 0.7, 0.9)
BIAS = 0.5
REAL_BUDGET = 400
SEEDS = 3


@dataclass(frozen=True)
class Task:
    """A run with the links that are known.

    Attributes:
        run: the finished run.
        session: its questions, as a vote with the default options asks them.
        partner: the right target of each known source, by id.
        known: the same by IRI: ``source``, ``target``.
    """

    run: RunToVote
    session: Session
    partner: dict[int, int]
    known: pl.DataFrame

    def truth(self, question: Question) -> int | None:
        """The right option; None where the links don't tell."""
        if question.truth is not None:
            return question.truth
        target = self.partner.get(question.source)
        if target is None:
            return None
        return question.targets.index(target) if target in question.targets else question.none


class ScriptedJudge:
    """Names the first place with probability *bias*, else is right with probability *accuracy*.

    Where the truth isn't known it is drawn from the aligner's probabilities. The same prompt gets the
    same answer.
    """

    name = "scripted"

    def __init__(self, questions: Sequence[Question], task: Task, accuracy: float, bias: float, seed: int):
        self._questions, self._task = questions, task
        self._accuracy, self._bias, self._seed = accuracy, bias, seed

    async def ask(self, prompt: Prompt) -> Reply:
        """Answer one of :class:`NumberedPrompts`."""
        number, order = json.loads(prompt.user)
        draw = np.random.default_rng([self._seed, zlib.crc32(prompt.user.encode())])
        question = self._questions[number]
        truth = self._task.truth(question)
        if truth is None:
            truth = int(
                np.random.default_rng([self._seed, number]).choice(question.options, p=question.prior)
            )
        others = [option for option in range(question.options) if option != truth]
        chosen = truth if draw.random() < self._accuracy else int(draw.choice(others))
        first = draw.random() < self._bias
        return Reply(prompt.letters[0] if first else prompt.letters[order.index(chosen)])

    async def close(self) -> None:
        """Nothing is open."""


class NumberedPrompts:
    """Prompts that hold the number of a question and the order, and nothing to read."""

    def prompt(self, number: int, order: Sequence[int], round: int) -> Prompt:
        """See :class:`kgalign.vote.voting.Prompts`."""
        letters = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(order)])
        return Prompt("", json.dumps([number, list(order)]), letters)


def main() -> int:
    """Measure the parts asked for, and keep what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    parser.add_argument("run", type=Path, help="the folder of a finished run on zh_en")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="the parts to measure")
    parser.add_argument("--training", action="store_true", help="look at training links only")
    parser.add_argument(
        "--judged", type=int, default=JUDGED, help="questions that the real model is judged by"
    )
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the figures are kept")
    options = parser.parse_args()
    if not DATA_SETS["zh_en"].present:
        print(f"{DATA_SETS['zh_en'].folder}: the data set is not here.", file=sys.stderr)
        return 2
    task = prepared(options.run, options.training)
    known: dict[str, Any] = json.loads(options.output.read_text("utf-8")) if options.output.is_file() else {}
    for part in options.only:
        for name, figures in measured(part, task, options.judged):
            where = f"{name}, training" if options.training else name
            known[where] = {**figures, "circumstances": circumstances()}
            with atomic_file(options.output) as scratch:
                scratch.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
            print(f"{where}: {json.dumps(figures)}", flush=True)
    return 0


def prepared(folder: Path, training: bool, options: VoteOptions | None = None) -> Task:
    """Read the run and the links."""
    data = DATA_SETS["zh_en"]
    graphs = (load(data.graph_paths[0]), load(data.graph_paths[1]))
    run = RunToVote.read(folder)
    session = Session.of(run, graphs, options or VoteOptions(), PROMPTS)
    known = known_links(data, data.growth_links if training else data.reference_path)
    ids = [dict(zip(graph.entities["iri"], graph.entities["id"], strict=True)) for graph in graphs]
    partner = {ids[0][source]: ids[1][target] for source, target in known.select("source", "target").rows()}
    return Task(run, session, partner, known)


def measured(part: str, task: Task, judged: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The figures of one part, by their names."""
    if part == "scripted":
        for accuracy in ACCURACIES:
            yield f"scripted, accuracy {accuracy}", scripted(task, accuracy)
    elif part == "hidden":
        for accuracy in ACCURACIES:
            yield f"hidden, accuracy {accuracy}", hidden(task, accuracy)
    elif part == "judge":
        yield "judge", real_judge(task, judged)
    else:
        for seed in range(SEEDS):
            yield f"real, seed {seed}", real_vote(task, seed)


def scripted(task: Task, accuracy: float) -> dict[str, Any]:
    """Votes by a scripted judge: repaired errors, Hits@1, and what stopping early saves."""
    questions = [*task.session.selection.asked, *task.session.selection.controls]
    found: dict[str, Any] = {"seeds": SEEDS, "bias": BIAS}
    runs = []
    for seed in range(SEEDS):
        judge = ScriptedJudge(questions, task, accuracy, BIAS, seed)
        held = {
            early: vote(
                task.session.selection,
                NumberedPrompts(),
                judge,
                VoteOptions(seed=seed, rounds=5, stop_early=early),
                Silent(),
            )
            for early in (True, False)
        }
        early, whole = held[True], held[False]
        same = early.posterior.argmax(axis=1) == whole.posterior.argmax(axis=1)
        runs.append(
            {
                **outcome_figures(task, early),
                **hits(task, early),
                "calls_of_all": len(early.ballots) / max(len(whole.ballots), 1),
                "same_outcome": float(same.mean()),
            }
        )
    return found | {name: [one[name] for one in runs] for name in runs[0]}


def hidden(task: Task, accuracy: float) -> dict[str, Any]:
    """Votes where every other question with a known answer has lost its right target."""
    asked = task.session.selection.asked
    changed = [without_target(task, question, number) for number, question in enumerate(asked)]
    selection = Selection(tuple(changed), task.session.selection.controls)
    runs = []
    for seed in range(SEEDS):
        judge = ScriptedJudge([*selection.asked, *selection.controls], task, accuracy, BIAS, seed)
        outcome = vote(selection, NumberedPrompts(), judge, VoteOptions(seed=seed), Silent())
        none = np.array([question.none for question in outcome.asked])
        chosen = outcome.posterior.argmax(axis=1) == none
        lost = np.array(
            [
                task.truth(before) not in (None, before.none) and task.truth(after) == after.none
                for before, after in zip(asked, outcome.asked, strict=False)
            ]
        )
        truth = [task.truth(question) for question in outcome.asked]
        there = np.array(
            [
                one is not None and one != question.none
                for one, question in zip(truth, outcome.asked, strict=True)
            ]
        )
        runs.append(
            {
                "lost": int(lost.sum()),
                "abstentions_honoured": float(chosen[lost].mean()),
                "before": float((priors(outcome.asked).argmax(axis=1) == none)[lost].mean()),
                "wrongly_abstained": float(chosen[there].mean()),
            }
        )
    return {name: [one[name] for one in runs] for name in runs[0]}


def without_target(task: Task, question: Question, number: int) -> Question:
    """*question* without its right target, if it has one and its number is even."""
    truth = task.truth(question)
    if number % 2 or truth is None or truth == question.none or len(question.targets) < 2:
        return question
    kept = [option for option in range(len(question.targets)) if option != truth]
    return replace(
        question,
        targets=tuple(question.targets[option] for option in kept),
        prior=prior_of([question.prior[option] for option in kept]),
    )


def outcome_figures(task: Task, outcome: Outcome) -> dict[str, float]:
    """How many of the questions whose answer is known came out right, before and after."""
    truth = [task.truth(question) for question in outcome.asked]
    rows = [number for number, one in enumerate(truth) if one is not None]
    right = np.array([one for one in truth if one is not None])
    before = priors(outcome.asked)[rows].argmax(axis=1) == right
    after = outcome.posterior[rows].argmax(axis=1) == right
    return {
        "known": len(rows),
        "right_before": float(before.mean()),
        "right_after": float(after.mean()),
        "repaired": float(after[~before].mean()),
        "broken": float(1 - after[before].mean()),
        "informed_share": outcome.share,
    }


def hits(task: Task, outcome: Outcome) -> dict[str, float]:
    """Hits@1 among the ten best candidates of all targets, before the vote and after."""
    result = task.session.voted(outcome).result
    return {
        name: ranking_metrics(table.select("source", "target", score="weight"), task.known, "all").hits_at_1
        for name, table in (("hits_before", task.run.candidates), ("hits_after", result.candidates))
    }


def real_judge(task: Task, count: int) -> dict[str, Any]:
    """The real model alone, on *count* questions whose answer is known, in all cyclic rounds."""
    asked = [
        (number, question)
        for number, question in enumerate(task.session.selection.asked)
        if task.truth(question) is not None and question.options == 6
    ][:count]
    questions = [question for _, question in asked]
    ballots = asyncio.run(answers(task.session, asked))
    truth = np.array([task.truth(question) for question in questions], np.int64)
    votes = Votes.of(ballots, questions)
    preference = tally.place_preference(votes)
    found: dict[str, Any] = {
        "model": MODEL,
        "questions": len(questions),
        "calls": len(ballots),
        "input_tokens": sum(ballot.reply.input_tokens for ballot in ballots),
        "output_tokens": sum(ballot.reply.output_tokens for ballot in ballots),
        "malformed": sum(ballot.place is None for ballot in ballots),
        "graded": votes.graded,
        "place_preference": preference[6].round(3).tolist(),
        "truth_is_none": float((truth == 5).mean()),
    }
    unit = Strength(1.0, 0.0)
    for rounds in (1, 3, 5, 6):
        judged = judge_accuracy(votes, truth, preference, unit, rounds)
        if rounds == 1:
            found["single"] = interval(judged.single)
        found[f"most of {rounds}"] = interval(judged.most)
        found[f"corrected {rounds}"] = interval(judged.corrected)
        found[f"corrected {rounds} - single"] = interval(judged.corrected - judged.single)
    return found


async def answers(session: Session, asked: Sequence[tuple[int, Question]]) -> list[Ballot]:
    """The real model's answers to *asked* (with their numbers in the session) in all orders."""
    with serving(reuse_prompts=True) as url:
        model = CachedModel(
            open_model(f"openai:{MODEL}", ModelOptions(base_url=url, concurrency=1, top_logprobs=100)),
            cache_folder() / "bench" / "answers.sqlite",
        )
        ballots = []
        with progress("asking", sum(question.options for _, question in asked), "call") as bar:
            for place, (number, question) in enumerate(asked):
                for round in range(question.options):
                    order = order_of(question, round, 0)
                    prompt = session.prompt(number, order, round)
                    reply = await model.ask(prompt)
                    ballots.append(
                        Ballot(place, round, order, reply, letter_index(reply.text, prompt.letters))
                    )
                    bar.update(1)
        await model.close()
    return ballots


def real_vote(task: Task, seed: int) -> dict[str, Any]:
    """A whole vote by the real model with a small budget."""
    options = VoteOptions(seed=seed, budget=REAL_BUDGET)
    session = Session.of(task.run, task.session.graphs, options, PROMPTS)
    with serving(reuse_prompts=True) as url:
        model = CachedModel(
            open_model(f"openai:{MODEL}", ModelOptions(base_url=url, concurrency=1, top_logprobs=100)),
            cache_folder() / "bench" / "answers.sqlite",
        )
        with progress("voting", REAL_BUDGET, "call") as bar:
            voted = session.hold(model, bar)
    outcome = voted.outcome
    return {
        "calls": len(voted.ballots),
        "asked": len(outcome.asked),
        "controls": len(outcome.controls),
        "strength": outcome.strength.slope,
        "informed_share": outcome.share,
        **hits(task, outcome),
    }


def interval(right: NDArray[np.float64]) -> list[float]:
    """The mean, and the ends of its 95% interval by 10,000 bootstrap samples of the questions."""
    draw = np.random.default_rng(0)
    means = [right[draw.integers(0, len(right), len(right))].mean() for _ in range(10_000)]
    low, high = np.quantile(means, [0.025, 0.975])
    return [round(float(value), 4) for value in (right.mean(), low, high)]


class Silent:
    """Progress that nobody sees."""

    def update(self, amount: float = 1) -> object:
        """Say nothing."""
        return None

    def note(self, text: str) -> object:
        """Say nothing."""
        return None


if __name__ == "__main__":
    sys.exit(main())
