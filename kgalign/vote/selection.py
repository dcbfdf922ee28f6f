"""Which pairs a language model is asked about, and by which its word is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from kgalign.vote.options import VoteOptions
from kgalign.vote.question import Question

# The aligner never rules out that the right target isn't among the candidates.
_LEAST_NONE = 0.02
_SURE = 0.98
# Control questions are drawn from so many times as many sure links, those with the strongest rivals.
_DRAWN_FROM = 4
# One in so many control questions hides the right target, so that "none of these" is right.
_HIDDEN_EVERY = 4


@dataclass(frozen=True)
class Selection:
    """The questions of a vote.

    Attributes:
        asked: in earnest, the ones that the aligner is least sure of first.
        controls: those whose answer is known, as far as the surest links are right.
    """

    asked: tuple[Question, ...]
    controls: tuple[Question, ...]


def select(candidates: pl.DataFrame, settled: pl.Series, options: VoteOptions) -> Selection:
    """Choose what to ask.

    Args:
        candidates: a run's candidates by entity id: ``source``, ``target``, ``weight``, ``probability``.
        settled: sources whose partner is known from outside (a seed link, a person's decision).
        options: the bounds, the number of candidates and of control questions, the seed.

    Returns:
        The questions; the same table and options give the same ones.
    """
    ranked = candidates.sort("source", "weight", "target", descending=[False, True, False]).filter(
        ~pl.col("source").is_in(settled.implode())
    )
    best = ranked.group_by("source", maintain_order=True).agg(
        best=pl.max("probability"), rivals=pl.len() - 1, second=pl.col("weight").get(1, null_on_oob=True)
    )
    unsure = best.filter(pl.col("best").is_between(options.low, options.high))
    asked = [
        Question(source, targets, prior)
        for source, targets, prior in _shown(ranked, unsure["source"], options.candidates, skipped=0)
    ]
    asked.sort(key=lambda question: (max(question.prior), question.source))
    return Selection(tuple(asked), tuple(_controls(ranked, best, options)))


def _shown(
    ranked: pl.DataFrame, sources: pl.Series, count: int, skipped: int
) -> list[tuple[int, tuple[int, ...], tuple[float, ...]]]:
    """Each of *sources* with *count* of its candidates, best first, and the probability of each option.

    The *skipped* best candidates are left out.
    """
    lists = (
        ranked.filter(pl.col("source").is_in(sources.implode()))
        .group_by("source", maintain_order=True)
        .agg(
            pl.col("target").slice(skipped, count),
            pl.col("probability").slice(skipped, count),
        )
    )
    return [
        (source, tuple(targets), prior_of(probabilities)) for source, targets, probabilities in lists.rows()
    ]


def prior_of(probabilities: list[float]) -> tuple[float, ...]:
    """The probability of each target and of none, from each pair's own: they are made to sum to 1."""
    weights = [*probabilities, max(_LEAST_NONE, 1 - sum(probabilities))]
    total = sum(weights)
    return tuple(weight / total for weight in weights)


def _controls(ranked: pl.DataFrame, best: pl.DataFrame, options: VoteOptions) -> list[Question]:
    """Sure links with rivals as strong as can be found, since those that are asked about have such."""
    sure = best.filter((pl.col("best") >= _SURE) & (pl.col("rivals") >= 1))
    enough = sure.filter(pl.col("rivals") >= options.candidates)
    pool = enough if enough.height >= options.controls else sure
    pool = pool.sort("second", "source", descending=[True, False]).head(_DRAWN_FROM * options.controls)
    drawn = np.random.default_rng(options.seed).permutation(pool.height)[: options.controls]
    chosen = pool["source"].gather(np.sort(drawn))
    hidden = chosen.gather_every(_HIDDEN_EVERY)
    with_partner = chosen.filter(~chosen.is_in(hidden.implode()))
    found = [
        Question(source, targets, prior, truth=0)
        for source, targets, prior in _shown(ranked, with_partner, options.candidates, skipped=0)
    ]
    found += [
        Question(source, targets, prior, truth=len(targets))
        for source, targets, prior in _shown(ranked, hidden, options.candidates, skipped=1)
    ]
    return sorted(found, key=lambda question: question.source)
