"""All scorers weighed together by a small network that held-out facts teach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kgalign.adapters.completion.base import Layers, Queries, Scorer
from kgalign.adapters.completion.data import CompletionData
from kgalign.adapters.completion.evaluation import asked, blocks, tails_of
from kgalign.adapters.completion.pooling import layers_of, pool, proposing
from kgalign.errors import InputError

# Between what the networks score and everything else.
_BELOW = -1000.0


@dataclass(frozen=True)
class CombinationOptions:
    """How the network is learnt.

    Attributes:
        queries: how many queries of each graph's validation facts are learnt from, at most.
        width: of its hidden layers.
        epochs: passes over the queries.
        batch: queries per step.
        learning_rate: of Adam, falling to 0 over the steps.
        weight_decay: of the weights.
        networks: so many are learnt from different starts, and their scores averaged.
        seed: of all that is drawn.
    """

    queries: int = 2000
    width: int = 32
    epochs: int = 8
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    networks: int = 3
    seed: int = 0


@dataclass(frozen=True)
class Lesson:
    """Queries of validation facts, to learn from.

    Attributes:
        features: queries × candidates × features.
        truth: queries × candidates, whether a candidate is a true tail.
    """

    features: NDArray[np.float32]
    truth: NDArray[np.bool_]


def lesson(data: CompletionData, scorers: Sequence[Scorer], options: CombinationOptions) -> Lesson:
    """What *scorers* say of the tails of validation facts, and which of these are true."""
    features, truth = [], []
    for graph in range(len(data.graphs)):
        facts = data.of_graph(data.validation, graph)
        queries = sampled(asked(data, facts, graph).queries, options)
        row, tail = tails_of(data, queries, facts)
        for scorer in scorers:
            scorer.prepare(queries)
        for block in blocks(data, queries):
            some = queries.rows(block)
            found = pool(data, some, layers_of(scorers, some), proposing(scorers))
            here = (row >= block.start) & (row < block.stop)
            first, last = data.offsets[graph : graph + 2]
            right = np.zeros((len(some), last - first), bool)
            right[row[here] - block.start, tail[here]] = True
            features.append(found.features)
            truth.append(np.take_along_axis(right, found.tail, axis=1))
    if not features:
        raise InputError("no validation fact is there to weigh by", remedy="hold some facts out")
    size = min(part.shape[1] for part in truth)
    told = Lesson(
        np.concatenate([part[:, :size] for part in features]),
        np.concatenate([part[:, :size] for part in truth]),
    )
    answerable = told.truth.any(axis=1)
    return Lesson(told.features[answerable], told.truth[answerable])


def sampled(queries: Queries, options: CombinationOptions) -> Queries:
    """As many of *queries* as are learnt from, the same with every encoder."""
    drawn = np.random.default_rng(options.seed).permutation(len(queries))[: options.queries]
    chosen = np.sort(drawn)
    return replace(queries, head=queries.head[chosen], relation=queries.relation[chosen])


class Weighing(nn.Module):
    """Features to one score per candidate.

    Args:
        features: their number.
        width: of the hidden layers.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))
        self.layers = nn.Sequential(
            nn.Linear(features, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1)
        )

    def forward(self, features: Tensor) -> Tensor:
        """``… × features`` to ``…``."""
        normal = ((features - self.mean) * self.scale).clamp(-6, 6)
        return torch.as_tensor(self.layers(normal)).squeeze(-1)


def learn(told: Lesson, options: CombinationOptions) -> list[Weighing]:
    """Learn to rank the true tails of each query above its other candidates."""
    return [_learnt(told, options, options.seed + number) for number in range(options.networks)]


def _learnt(told: Lesson, options: CombinationOptions, seed: int) -> Weighing:
    features, truth = torch.from_numpy(told.features), torch.from_numpy(told.truth)
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Weighing(features.shape[2], options.width)
    flat = features.flatten(0, 1)
    network.mean.copy_(flat.mean(dim=0))
    network.scale.copy_(1 / flat.std(dim=0).clamp_min(1e-3))
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
    )
    steps = options.epochs * -(-len(features) // options.batch)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(options.epochs):
        for chosen in torch.split(torch.randperm(len(features), generator=generator), options.batch):
            loss = _loss(network(features[chosen]), truth[chosen])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            falling.step()
    return network.eval()


def _loss(scores: Tensor, truth: Tensor) -> Tensor:
    """The cross entropy of each true tail against the wrong ones, as filtered ranking counts."""
    wrong = scores.masked_fill(truth, -torch.inf).logsumexp(dim=1, keepdim=True)
    return torch.as_tensor((torch.logaddexp(scores, wrong) - scores)[truth].mean())


class CombinedScorer(Scorer):
    """Ranks a query's pool by the learnt networks, and everything else below it by the first scorer.

    Args:
        data: the graphs.
        scorers: those that the networks were learnt with, in the same order.
        networks: what :func:`learn` gave.
    """

    def __init__(self, data: CompletionData, scorers: Sequence[Scorer], networks: Sequence[Weighing]) -> None:
        self._data = data
        self._scorers = scorers
        self._networks = networks

    @property
    def names(self) -> tuple[str, ...]:
        """See :attr:`Scorer.names`."""
        return ("combination",)

    def prepare(self, queries: Queries) -> None:
        """See :meth:`Scorer.prepare`."""
        for scorer in self._scorers:
            scorer.prepare(queries)

    @torch.no_grad()
    def score(self, queries: Queries) -> Layers:
        """See :meth:`Scorer.score`."""
        layers = layers_of(self._scorers, queries)
        rest = layers[:1] - layers[:1].max()
        scores = np.asarray(2 * _BELOW + rest / max(float(-rest.min()), 1e-9), np.float32)
        found = pool(self._data, queries, layers, proposing(self._scorers))
        features = torch.from_numpy(found.features)
        weighed = torch.stack([network(features) for network in self._networks]).mean(dim=0)
        np.put_along_axis(scores[0], found.tail, weighed.clamp_min(_BELOW).numpy(), axis=1)
        return scores
