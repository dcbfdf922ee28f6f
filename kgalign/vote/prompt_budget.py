"""Sharing a budget of tokens between the entities of a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """A fact that can be told at greater or shorter length.

    Attributes:
        texts: the forms, longest first.
        costs: tokens of each.
    """

    texts: tuple[str, ...]
    costs: tuple[int, ...]


def affordable(wanted: Sequence[Sequence[Choice]], weights: Sequence[int], budget: int) -> list[list[str]]:
    """What is told of each entity, so that all together cost at most *budget*.

    Each may spend the same, by its weight; what one doesn't need is shared among the others. It tells
    its facts in their order, each as long as it can afford, leaving out what it can't afford at all.

    Args:
        wanted: the facts of each entity, most telling first.
        weights: how many shares each entity has.
        budget: of all together.

    Returns:
        The lines of each entity.
    """
    share = fair_share([sum(fact.costs[0] for fact in own) for own in wanted], weights, budget)
    told = []
    for own, weight in zip(wanted, weights, strict=True):
        left, lines = int(share * weight), []
        for fact in own:
            fitting = [place for place, cost in enumerate(fact.costs) if cost <= left]
            if fitting:
                lines.append(fact.texts[fitting[0]])
                left -= fact.costs[fitting[0]]
        told.append(lines)
    return told


def fair_share(wanted: Sequence[int], weights: Sequence[int], budget: int) -> float:
    """What each may have by its weight so that all have at most *budget*, and none more than it wants."""
    left, shares = budget, sum(weights)
    for want, weight in sorted(zip(wanted, weights, strict=True), key=lambda pair: pair[0] / pair[1]):
        if want * shares > left * weight:
            return left / shares
        left -= want
        shares -= weight
    return float(budget)
