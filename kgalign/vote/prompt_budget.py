"""Sharing a budget of tokens between the entities of a prompt."""

from __future__ import annotations

from collections.abc import Sequence


def affordable(costs: Sequence[Sequence[int]], budget: int) -> list[list[int]]:
    """Which facts are shown, so that all together cost at most *budget*.

    Each entity may spend the same; what one doesn't need is shared among the others. It takes its
    facts in their order, leaving out one that it can't afford any more.

    Args:
        costs: of each entity's facts.
        budget: of all together.

    Returns:
        Places of the facts that each entity shows.
    """
    share = fair_share([sum(own) for own in costs], budget)
    shown = []
    for own in costs:
        left, places = share, []
        for place, cost in enumerate(own):
            if cost <= left:
                places.append(place)
                left -= cost
        shown.append(places)
    return shown


def fair_share(wanted: Sequence[int], budget: int) -> int:
    """The most that each may have so that all together have at most *budget*, none more than it wants."""
    left, waiting = budget, len(wanted)
    for want in sorted(wanted):
        if want * waiting > left:
            return left // waiting
        left -= want
        waiting -= 1
    return budget
