"""From scores of candidate pairs to one-to-one or many-to-one links, in memory linear in the pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kgalign.align.candidates import Ids, Pairs
from kgalign.align.options import Cardinality

Values = NDArray[np.float64]

_TINY = 1e-30


def group_max(values: Values, groups: Ids, count: int) -> Values:
    """Highest value of each group; ``-inf`` for a group without a member."""
    highest = np.full(count, -np.inf)
    np.maximum.at(highest, groups, values)
    return highest


def background(pairs: Pairs, scores: Values, neighbours: int = 10) -> tuple[Values, Values]:
    """Mean score of each source's, and of each target's, best rivals: the second to eleventh best.

    What all candidates of an entity share (the same type, the same surroundings) says nothing about
    which of them is the right one, or whether one is.
    """
    return (
        _background(scores, pairs.source, pairs.sources, neighbours),
        _background(scores, pairs.target, pairs.targets, neighbours),
    )


def _background(scores: Values, groups: Ids, count: int, neighbours: int) -> Values:
    rank = rank_in_group(scores, groups)
    kept = (rank >= 1) & (rank <= neighbours)
    total = np.bincount(groups[kept], scores[kept], count)
    return np.asarray(total / np.maximum(np.bincount(groups[kept], minlength=count), 1))


def rank_in_group(values: Values, groups: Ids) -> Ids:
    """The place of each value among those of its group, 0 for the highest; the first of equals goes first."""
    order = np.lexsort((-values, groups))
    ordered = groups[order]
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(ordered, ordered, "left")
    return rank


def localised(pairs: Pairs, scores: Values) -> Values:
    """*scores* less the mean of both entities' backgrounds: CSLS (Conneau et al. 2018) on any score."""
    of_source, of_target = background(pairs, scores)
    return np.asarray(scores - (of_source[pairs.source] + of_target[pairs.target]) / 2)


def sinkhorn(pairs: Pairs, scores: Values, slack: float = -2.0, iterations: int = 20) -> Values:
    """Balance the exponentials of *scores* over sources and targets, any of which may stay alone.

    A sparse optimal transport (Sinkhorn–Knopp, as LightEA and SEU use it) with a slack option for
    every entity: each spreads one unit over its candidates and over having no partner, so that a
    popular target has to choose, and an entity without a partner claims nobody else's.

    Args:
        pairs: the candidates.
        scores: log-scale scores, one per pair, at most 300 in size.
        slack: score of having no partner, of each entity; a lone pair is as good as none where its
            score is twice the slack.
        iterations: how often sources and targets are balanced in turn.

    Returns:
        One weight in [0, 1] per pair; the sum over a source, or over a target, is at most 1.
    """
    if len(pairs) == 0:
        return np.empty(0)
    kernel = np.exp(scores)
    alone = float(np.exp(slack))
    # Starting where each target's best candidate would be balanced saves hundreds of iterations.
    of_target = 1 / (alone + np.sqrt(np.exp(group_max(scores, pairs.target, pairs.targets))))
    of_source = np.ones(pairs.sources)
    for _ in range(iterations):
        pull = np.bincount(pairs.source, kernel * of_target[pairs.target], pairs.sources)
        of_source = 1 / (alone + pull)
        pull = np.bincount(pairs.target, kernel * of_source[pairs.source], pairs.targets)
        of_target = 1 / (alone + pull)
    weights = kernel * of_source[pairs.source] * of_target[pairs.target]
    # The targets were balanced last, so a source may still promise a little more than one unit.
    excess = np.maximum(np.bincount(pairs.source, weights, pairs.sources), 1)
    return np.asarray(weights / excess[pairs.source])


def shared_targets(pairs: Pairs, scores: Values, slack: float = -2.0) -> Values:
    """Spread each source over its candidates, where a target may have any number of sources.

    This is :func:`sinkhorn` without the targets' limit of one unit: several sources of one target
    don't take it from each other, and only the candidates of one source compete.

    Args:
        pairs: the candidates.
        scores: log-scale scores, one per pair.
        slack: as for :func:`sinkhorn`.

    Returns:
        One weight in [0, 1] per pair; the sum over a source is at most 1.
    """
    if len(pairs) == 0:
        return np.empty(0)
    # There a source and its target each have a slack; here a lone pair has to outdo both as well.
    alone = 2 * slack
    highest = np.maximum(group_max(scores, pairs.source, pairs.sources), alone)
    kernel = np.exp(scores - highest[pairs.source])
    total = np.bincount(pairs.source, kernel, pairs.sources) + np.exp(alone - highest)
    return np.asarray(kernel / total[pairs.source])


def balanced(pairs: Pairs, scores: Values, cardinality: Cardinality) -> Values:
    """Weights by :func:`sinkhorn`, or by :func:`shared_targets` for many-to-one."""
    return sinkhorn(pairs, scores) if cardinality == "one-to-one" else shared_targets(pairs, scores)


def best_of_group(values: Values, groups: Ids, count: int) -> Ids:
    """Row of the highest value of each group (the first one of equals), -1 for an empty group."""
    rows = np.flatnonzero(values == group_max(values, groups, count)[groups])[::-1]
    winners = np.full(count, -1, np.int64)
    winners[groups[rows]] = rows
    return winners


def mutual_best(pairs: Pairs, values: Values) -> Ids:
    """Rows of the pairs that are the best of their source and the best of their target."""
    by_source = best_of_group(values, pairs.source, pairs.sources)
    by_target = best_of_group(values, pairs.target, pairs.targets)
    chosen = by_source[by_source >= 0]
    return np.asarray(chosen[by_target[pairs.target[chosen]] == chosen])


def one_to_one(pairs: Pairs, values: Values) -> Ids:
    """Rows of a one-to-one choice: the best pair first, then the best that is still free.

    Repeated mutual-best rounds give the same result as that greedy order (a stable matching),
    without visiting the pairs one by one.
    """
    rows = np.flatnonzero(np.isfinite(values))
    chosen: list[Ids] = []
    while len(rows):
        rest = Pairs(pairs.source[rows], pairs.target[rows], pairs.sources, pairs.targets)
        winners = rows[mutual_best(rest, values[rows])]
        chosen.append(winners)
        used_source = np.zeros(pairs.sources, bool)
        used_target = np.zeros(pairs.targets, bool)
        used_source[pairs.source[winners]] = True
        used_target[pairs.target[winners]] = True
        rows = rows[~(used_source[pairs.source[rows]] | used_target[pairs.target[rows]])]
    return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, np.int64)


def many_to_one(pairs: Pairs, values: Values) -> Ids:
    """Rows of each source's best pair (the first one of equals); targets may be shared."""
    best = best_of_group(values, pairs.source, pairs.sources)
    best = best[best >= 0]
    return np.sort(best[np.isfinite(values[best])])


def choice(pairs: Pairs, values: Values, cardinality: Cardinality) -> Ids:
    """Rows by :func:`one_to_one`, or by :func:`many_to_one`; pairs worth ``-inf`` are left out."""
    return one_to_one(pairs, values) if cardinality == "one-to-one" else many_to_one(pairs, values)


def margins(pairs: Pairs, scores: Values) -> tuple[Values, Values]:
    """How far each pair's score lies above the best rival of its source, and of its target.

    Negative for a pair that is not the best. A pair without a rival is compared with 0, the score
    of a pair that nothing speaks for.
    """
    return (
        scores - _best_rival(scores, pairs.source, pairs.sources),
        scores - _best_rival(scores, pairs.target, pairs.targets),
    )


def _best_rival(scores: Values, groups: Ids, count: int) -> Values:
    winners = best_of_group(scores, groups, count)
    without = scores.copy()
    without[winners[winners >= 0]] = -np.inf
    second = group_max(without, groups, count)
    rival = group_max(scores, groups, count)[groups]
    is_winner = winners[groups] == np.arange(len(scores))
    rival[is_winner] = second[groups[is_winner]]
    return np.where(np.isfinite(rival), rival, 0.0)
