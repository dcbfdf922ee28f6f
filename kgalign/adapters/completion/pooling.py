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


def pool(data: CompletionData, queries: Queries, layers: Layers) -> Pool:
    """The candidates that stand high in any layer; what is known of a query already is no candidate.

    Features of each candidate are, for each layer: its score, how far that is below the query's best, the
    reciprocal of its rank, and the query's best score itself.
    """
    stack = torch.from_numpy(layers)
    lowest = stack.amin(dim=2, keepdim=True)
    row, tail = tails_of(data, queries, data.known)
    stack[:, row, tail] = lowest[:, row, 0]
    size = min(POOL, stack.shape[2])
    best, place = stack.topk(min(_TAKEN, stack.shape[2]), dim=2)
    # What a sparse layer says nothing of doesn't stand high in it.
    worth = (best > lowest) / (torch.arange(best.shape[2]) + 1 + _DAMPING)
    total = torch.zeros(stack.shape[1:])
    for layer in range(len(stack)):
        total.scatter_add_(1, place[layer], worth[layer])
    total[row, tail] = -1.0
    chosen = total.topk(size, dim=1).indices
    scores = stack.gather(2, chosen[None].expand(len(stack), -1, -1))
    top = best[:, :, :1]
    # Ranks below those taken count as the first of them.
    rank = torch.searchsorted(-best.contiguous(), -scores.contiguous()) + 1
    parts = [scores, top - scores, 1.0 / rank, top.expand_as(scores)]
    features = torch.cat(parts).permute(1, 2, 0).contiguous()
    return Pool(chosen.numpy(), features.float().numpy())
