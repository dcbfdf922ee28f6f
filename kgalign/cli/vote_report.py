"""What ``kgalign vote`` tells."""

from __future__ import annotations

from dataclasses import dataclass

import click
import numpy as np
import polars as pl

from kgalign.cli.metrics import link_keys
from kgalign.cli.output import print_json, print_rows
from kgalign.evaluate import LinkMetrics, RankingMetrics, link_metrics, ranking_metrics
from kgalign.vote.accuracy import judge_accuracy
from kgalign.vote.ballots import Ballot
from kgalign.vote.metering import cost
from kgalign.vote.session import Plan, Session, Voted

Prices = tuple[float, float]


def show_plan(plan: Plan, prices: Prices, as_json: bool) -> None:
    """Print what a vote would ask."""
    price = cost(plan.input_tokens, plan.output_tokens, prices)
    if as_json:
        print_json(
            {
                "command": "vote",
                "dry_run": True,
                "questions": plan.asked,
                "controls": plan.controls,
                "most_calls": plan.most_calls,
                "input_tokens": plan.input_tokens,
                "output_tokens": plan.output_tokens,
                "cost": price,
                "prompts": [{"system": prompt.system, "user": prompt.user} for prompt in plan.prompts],
            }
        )
        return
    for number, prompt in enumerate(plan.prompts, 1):
        print_rows([(f"prompt {number}", "")])
        click.echo(f"\n{prompt.system}\n\n{prompt.user}\n")
    print_rows(
        [
            ("questions", f"{plan.asked:,} to ask, {plan.controls:,} to measure the model by"),
            ("calls", f"at most {plan.most_calls:,}"),
            ("tokens", f"about {plan.input_tokens:,} sent, {plan.output_tokens:,} answered"),
            ("cost", f"about {price:,.2f}" if any(prices) else "give --price-input and --price-output"),
        ]
    )


@dataclass(frozen=True)
class VoteReport:
    """The figures of a vote.

    Attributes:
        session: what was asked.
        voted: what came of it.
        before: links and ranking against the reference before the vote; None without a reference.
        after: the same after it.
        prices: of a million tokens sent, and answered.
    """

    session: Session
    voted: Voted
    before: tuple[LinkMetrics, RankingMetrics] | None
    after: tuple[LinkMetrics, RankingMetrics] | None
    prices: Prices

    @classmethod
    def of(cls, session: Session, voted: Voted, reference: pl.DataFrame | None, prices: Prices) -> VoteReport:
        """Gather the figures; *reference* has ``source`` and ``target``."""
        if reference is None:
            return cls(session, voted, None, None, prices)
        run, result = session.run, voted.result
        return cls(
            session,
            voted,
            _scores(run.links, run.candidates, reference),
            _scores(result.links, result.candidates, reference),
            prices,
        )

    def summary(self) -> dict[str, object]:
        """The figures, the same whenever the same is asked."""
        outcome, result = self.voted.outcome, self.voted.result
        accepted = result.links["status"] == "accepted"
        tokens = self._tokens(only_paid=False)
        found: dict[str, object] = {
            "command": "vote",
            "questions": len(outcome.asked),
            "controls": len(outcome.controls),
            "calls": len(self.voted.ballots),
            "input_tokens": tokens[0],
            "output_tokens": tokens[1],
            "malformed": outcome.malformed,
            "control_accuracy": self._accuracy(),
            "strength": outcome.strength.slope,
            "informed_share": outcome.share,
            "place_preference": {
                str(size): [round(float(value), 6) for value in preference]
                for size, preference in outcome.preference.items()
            },
            "links": int(accepted.sum()),
            "uncertain": int((~accepted).sum()),
            "links_added": result.added,
            "links_dropped": result.dropped,
        }
        if self.before is not None and self.after is not None:
            found |= {"before": _score_keys(*self.before), "after": _score_keys(*self.after)}
        return found

    def costs(self) -> dict[str, object]:
        """What this very run paid for: answers that were known cost nothing."""
        replies = [ballot.reply for ballot in self._ballots()]
        sent, answered = self._tokens(only_paid=True)
        return {
            "calls_made": sum(not reply.cached for reply in replies),
            "calls_known": sum(reply.cached for reply in replies),
            "tokens_paid": [sent, answered],
            "cost": cost(sent, answered, self.prices),
        }

    def rows(self) -> list[tuple[str, str]]:
        """The figures for a person."""
        outcome, result = self.voted.outcome, self.voted.result
        paid = self.costs()
        rows = [
            (
                "asked",
                f"{len(outcome.asked):,} questions and {len(outcome.controls):,} to measure the model by, "
                f"{paid['calls_made']:,} calls ({paid['calls_known']:,} answers known from before)",
            ),
            ("tokens", self._told_tokens()),
            ("model", self._told_reliability()),
            ("links", f"{result.added:,} added, {result.dropped:,} dropped"),
        ]
        if outcome.malformed:
            rows.insert(2, ("malformed", f"{outcome.malformed:,} answers named no option, and don't count"))
        for name, scores in (("before", self.before), ("after", self.after)):
            if scores is not None:
                links, ranking = scores
                rows.append(
                    (
                        name,
                        f"precision {links.precision:.4f}, recall {links.recall:.4f}, F1 {links.f1:.4f}; "
                        f"Hits@1 {ranking.hits_at_1:.4f} among the ten best of all targets",
                    )
                )
        return rows

    def _ballots(self) -> tuple[Ballot, ...]:
        return (*self.voted.outcome.control_ballots, *self.voted.outcome.ballots)

    def _tokens(self, *, only_paid: bool) -> tuple[int, int]:
        replies = [ballot.reply for ballot in self._ballots() if not (only_paid and ballot.reply.cached)]
        return sum(reply.input_tokens for reply in replies), sum(reply.output_tokens for reply in replies)

    def _accuracy(self) -> dict[str, float] | None:
        """How often the model was right about the control questions; None where there were none."""
        outcome = self.voted.outcome
        if not outcome.controls:
            return None
        truth = np.array([question.truth for question in outcome.controls], np.int64)
        found = judge_accuracy(outcome.votes[1], truth, outcome.preference, outcome.strength)
        return {
            "one_round": float(found.single.mean()),
            "most_votes": float(found.most.mean()),
            "corrected": float(found.corrected.mean()),
        }

    def _told_tokens(self) -> str:
        sent, answered = self._tokens(only_paid=True)
        price = f", which cost {cost(sent, answered, self.prices):,.2f}" if any(self.prices) else ""
        return f"{sent:,} sent, {answered:,} answered{price}"

    def _told_reliability(self) -> str:
        outcome, accuracy = self.voted.outcome, self._accuracy()
        if accuracy is None:
            return "not measured, without control questions; so nothing was changed"
        measured = (
            f"right about {accuracy['one_round']:.0%} of the control questions in one round, "
            f"{accuracy['corrected']:.0%} in all of them, corrected"
        )
        if self.session.options.tally == "majority":
            return measured
        if outcome.strength.slope == 0:
            return f"{measured}: no better than chance for sure, so that nothing was changed"
        return f"{measured}; believed in {outcome.share:.0%} of the questions"


def _scores(
    links: pl.DataFrame, candidates: pl.DataFrame, reference: pl.DataFrame
) -> tuple[LinkMetrics, RankingMetrics]:
    accepted = links.filter(pl.col("status") == "accepted")
    ranking = candidates.select("source", "target", score="weight")
    return link_metrics(accepted, reference), ranking_metrics(ranking, reference, "all")


def _score_keys(links: LinkMetrics, ranking: RankingMetrics) -> dict[str, float]:
    return {**link_keys(links), "hits@1": ranking.hits_at_1}
