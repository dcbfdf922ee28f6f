"""Structure vectors from a graph attention network that is trained on the matches.

The network is that of Dual-AMN (Mao et al. 2021; see :mod:`.attention_network`). With enough seed
links it is trained on these alone, once. Without, it is trained on the matches, in turns: each time
the rounds of bootstrapping have changed them enough, it goes on training on the new ones. (Training
on matches where there are seed links gave a worse result: a pair that was trained on looks alike for
that reason, so that wrong matches stay.) A fifth is always hidden from training, and only from
hidden pairs is learnt how much the likeness is worth.

Several networks are trained that differ in what they start from; the likeness is the mean of theirs,
which is better than the best of them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from kgalign.align.candidates import Ids
from kgalign.align.signals.vectors import Matrix, unit_rows
from kgalign.align.structure.attention_network import LAYERS, GraphAttentionNetwork, hard_sample_loss
from kgalign.align.structure.base import Matches, StructureVectors
from kgalign.align.structure.joint_graph import JointGraph, fingerprint, moved
from kgalign.align.structure.neighbourhood import Neighbourhood
from kgalign.align.structure.training_checkpoint import TrainingCheckpoint
from kgalign.cache_folder import cache_folder
from kgalign.progress import progress

_FEWEST_MATCHES = 50
_ENOUGH_GIVEN = 100
_TRAINED_FROM = 0.5
_HIDDEN_SHARE = 5
_CHANGED_ENOUGH = 0.05
_STEPS_PER_CHECKPOINT = 50
_FAN_OUT = 12
_BLOCK = 16_384


@dataclass(frozen=True)
class Training:
    """How the network is trained.

    Attributes:
        dimensions: length of an entity's own vector; each network gives six times as many.
        proxies: number of proxy vectors.
        steps: optimiser steps, half of them in the first turn; all of them where seed links alone
            are trained on.
        epochs: a turn passes over its pairs at most so often, as published; after that it learns
            them by heart, and finds fewer of the others.
        turns: at most so many turns.
        batch: pairs per step.
        negatives: wrong entities per step and graph.
        networks: how many networks are trained.
        learning_rate: of RMSprop.
        dropout: share of the values left out.
        most_edges: with more edges than this, both graphs together, a step looks only at a sample
            of its pairs' neighbourhoods.
        seed: of everything random.
    """

    dimensions: int = 64
    proxies: int = 64
    steps: int = 240
    epochs: int = 20
    turns: int = 4
    batch: int = 1024
    negatives: int = 4096
    networks: int = 3
    learning_rate: float = 0.005
    dropout: float = 0.3
    most_edges: int = 2_000_000
    seed: int = 0


@dataclass(frozen=True)
class _Member:
    """One of the networks, by its number, and what trains it."""

    number: int
    network: GraphAttentionNetwork
    optimizer: torch.optim.Optimizer


@dataclass
class _State:
    """What changes from turn to turn."""

    turn: int = 0
    trained: Ids = field(default_factory=lambda: np.empty(0, np.int64))
    vectors: StructureVectors | None = None


class GraphAttention:
    """A relation-aware graph attention network, trained on the matches.

    Args:
        first: one graph's edges.
        second: the other's.
        training: how to train.
        device: ``auto``, ``cpu``, ``cuda``.
    """

    name = "gnn"

    def __init__(
        self,
        first: Neighbourhood,
        second: Neighbourhood,
        *,
        training: Training | None = None,
        device: str = "auto",
    ) -> None:
        self._training = training or Training()
        self._sizes = (first.entities, second.entities)
        self._graph = JointGraph(first, second)
        self._device = torch.device(
            ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
        )
        self._sampled = len(self._graph.entity) > self._training.most_edges
        self._whole = None if self._sampled else moved(self._graph.whole(), self._device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._training.seed)
            self._members = [self._member(number) for number in range(self._training.networks)]
        self._identity = hashlib.blake2b(
            fingerprint([self._graph.entity, self._graph.relation, self._graph.neighbour])
            + repr((self._training, self._sizes, str(self._device))).encode(),
            digest_size=16,
        )
        self._state = _State()

    def _member(self, number: int) -> _Member:
        plan = self._training
        network = GraphAttentionNetwork(
            self._graph.entities, self._graph.relations, plan.dimensions, plan.proxies
        ).to(self._device)
        return _Member(number, network, torch.optim.RMSprop(network.parameters(), lr=plan.learning_rate))

    def learnt_from(self, source: Ids, target: Ids) -> NDArray[np.bool_]:
        """Whether each pair was trained on in the last turn."""
        return np.isin(source * self._sizes[1] + target, self._state.trained)

    def encode(self, matches: Matches, correspondence: pl.DataFrame | None) -> StructureVectors:
        """See :meth:`~kgalign.align.structure.base.StructureEncoder.encode`."""
        pairs = self._training_pairs(matches)
        keys = np.sort(pairs[0] * self._sizes[1] + pairs[1])
        changed = len(np.setxor1d(keys, self._state.trained, assume_unique=True))
        due = self._state.turn == 0 or changed > _CHANGED_ENOUGH * len(keys)
        if len(keys) >= _FEWEST_MATCHES and due and self._state.turn < self._training.turns:
            self._train(*pairs, self._steps(matches, len(keys)))
            self._state = _State(self._state.turn + 1, keys, self._encoded())
        if self._state.vectors is None:
            width = 2 * self._training.dimensions * (LAYERS + 1) * self._training.networks
            return StructureVectors(*(np.zeros((size, width), np.float32) for size in self._sizes))
        return self._state.vectors

    def _training_pairs(self, matches: Matches) -> tuple[Ids, Ids]:
        """The seed links if there are enough, else the surer matches; less those that are hidden."""
        if _enough_given(matches):
            chosen, hidden = np.asarray(matches.given), 0
        else:
            chosen, hidden = matches.weight >= _TRAINED_FROM, self._state.turn % _HIDDEN_SHARE
        chosen = chosen & (matches.source % _HIDDEN_SHARE != hidden)
        return matches.source[chosen], matches.target[chosen]

    def _steps(self, matches: Matches, pairs: int) -> int:
        plan = self._training
        most = plan.epochs * -(-pairs // plan.batch)
        if _enough_given(matches):
            return min(plan.steps, most)
        later = plan.steps // (2 * max(plan.turns - 1, 1))
        return min(plan.steps // 2 if self._state.turn == 0 else later, most)

    def _train(self, source: Ids, target: Ids, steps: int) -> None:
        self._identity.update(fingerprint([source, target]))
        turn = self._state.turn
        with progress(f"training, turn {turn + 1}", steps * len(self._members), "step") as bar:
            for member in self._members:
                name = f"{self._identity.hexdigest()}-{member.number}.safetensors"
                checkpoint = TrainingCheckpoint(cache_folder() / "training" / name)
                done = checkpoint.restore(member.network, member.optimizer)
                bar.update(done)
                for step in range(done, steps):
                    drawn = [self._training.seed, turn, member.number, step]
                    self._step(member, source, target, np.random.default_rng(drawn))
                    bar.update(1)
                    if (step + 1) % _STEPS_PER_CHECKPOINT == 0 or step + 1 == steps:
                        checkpoint.save(member.network, member.optimizer, step + 1)

    def _step(self, member: _Member, source: Ids, target: Ids, generator: np.random.Generator) -> None:
        plan = self._training
        rows = generator.choice(len(source), min(plan.batch, len(source)), replace=False)
        own, other = source[rows], target[rows] + self._sizes[0]
        rivals = [
            np.sort(generator.choice(size, min(plan.negatives, size), replace=False)) + shift
            for size, shift in ((self._sizes[0], 0), (self._sizes[1], self._sizes[0]))
        ]
        torch_generator = torch.Generator(self._device).manual_seed(int(generator.integers(2**62)))
        entities = np.concatenate([own, other, *rivals])
        vectors = self._vectors(member, entities, generator, torch_generator)
        ends = torch.split(vectors, [len(own), len(other), *map(len, rivals)])
        loss = hard_sample_loss(ends[0], ends[1], ends[3], self._same(other, rivals[1]))
        loss = loss + hard_sample_loss(ends[1], ends[0], ends[2], self._same(own, rivals[0]))
        member.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        member.optimizer.step()

    def _same(self, partner: Ids, rivals: Ids) -> Tensor:
        return torch.from_numpy(partner[:, None] == rivals[None, :]).to(self._device)

    def _vectors(
        self,
        member: _Member,
        entities: Ids,
        generator: np.random.Generator,
        torch_generator: torch.Generator,
    ) -> Tensor:
        """Vectors of *entities*, for a step."""
        graph, rows = self._whole, entities
        if graph is None:
            wanted, where = np.unique(entities, return_inverse=True)
            sampled, place = self._graph.around(wanted, LAYERS + 1, _FAN_OUT, generator)
            graph, rows = moved(sampled, self._device), place[where]
        vectors: Tensor = member.network(
            graph, torch.from_numpy(rows).to(self._device), self._training.dropout, torch_generator
        )
        return vectors

    @torch.no_grad()
    def _encoded(self) -> StructureVectors:
        joint = np.concatenate([self._block(start) for start in range(0, self._graph.entities, _BLOCK)])
        width = joint.shape[1] // len(self._members)
        cut = self._sizes[0]
        for member in self._members:
            own = joint[:, member.number * width : (member.number + 1) * width]
            own[:cut], own[cut:] = _centred(own[:cut]), _centred(own[cut:])
        joint /= np.sqrt(len(self._members))
        return StructureVectors(joint[:cut], joint[cut:])

    def _block(self, start: int) -> Matrix:
        rows = np.arange(start, min(start + _BLOCK, self._graph.entities))
        graph = self._whole
        if graph is None:
            generator = np.random.default_rng([self._training.seed, start])
            sampled, rows = self._graph.around(rows, LAYERS + 1, 4 * _FAN_OUT, generator)
            graph = moved(sampled, self._device)
        wanted = torch.from_numpy(rows).to(self._device)
        return np.hstack([member.network(graph, wanted).cpu().numpy() for member in self._members])


def _enough_given(matches: Matches) -> bool:
    return matches.given is not None and int(matches.given.sum()) >= _ENOUGH_GIVEN


def _centred(vectors: Matrix) -> Matrix:
    return unit_rows(unit_rows(vectors) - unit_rows(vectors).mean(axis=0, keepdims=True))
