"""The best few candidates of each query, and what every scorer says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from kgalign.adapters.completion.base import Layers, Queries, Scorer
from kgalign.adapters.completion.data import CompletionData, Ids
from kgalign.adapters.completion.evaluation import tails_of

# Taken of each layer, and kept of all together. Reciprocal ranks are damped as by Cormack, Clarke and
# Buettcher, "Reciprocal Rank Fusion outperforms Condorcet" (2009), less strongly.
_TAKEN = 48
POOL = 96
_DAMPING = 5.0


@dataclass(frozen=True)
class Pool:
    """Candidates that compete for the same query, and their features.

    Attributes:
        tail: queries × candidates, counted from the graph's first entity.
        features: queries × candidates × features, finite.
    """

    tail: Ids
    features: NDArray[np.float32]


def layers_of(scorers: Sequence[Scorer], queries: Queries) -> Layers:
    """What all *scorers* say, one layer after the other."""
    return np.concatenate([scorer.score(queries) for scorer in scorers])


def proposing(scorers: Sequence[Scorer]) -> list[int]:
    """The layers that propose candidates: the first of each scorer."""
    starts = np.cumsum([0, *(len(scorer.names) for scorer in scorers)])
    return [int(start) for start in starts[:-1]]


def pool(data: CompletionData, queries: Queries, layers: Layers, proposing: Sequence[int]) -> Pool:
    """The candidates that stand high in any proposing layer; what is known of a query is no candidate.

    Features of each candidate are, for each layer: its score, how far that is below the pool's best, the
    reciprocal of its rank in the pool, and the pool's best score itself.
    """
    stack = torch.from_numpy(layers)
    row, tail = tails_of(data, queries, data.known)
    total = torch.zeros(stack.shape[1:])
    for layer in proposing:
        scores = stack[layer]
        lowest = scores.amin(dim=1, keepdim=True)
        scores[row, tail] = lowest[row, 0]
        best, place = scores.topk(min(_TAKEN, scores.shape[1]), dim=1)
        # What a sparse layer says nothing of doesn't stand high in it.
        total.scatter_add_(1, place, (best > lowest) / (torch.arange(best.shape[1]) + 1 + _DAMPING))
    total[row, tail] = -1.0
    chosen = total.topk(min(POOL, total.shape[1]), dim=1).indices
    scores = stack.gather(2, chosen[None].expand(len(stack), -1, -1))
    top = scores.amax(dim=2, keepdim=True)
    rank = 1 + torch.searchsorted(scores.neg().sort(dim=2).values, scores.neg())
    parts = [scores, top - scores, 1.0 / rank, top.expand_as(scores)]
    features = torch.cat(parts).permute(1, 2, 0).contiguous()
    return Pool(chosen.numpy(), features.float().numpy())
