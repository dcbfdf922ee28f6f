"""Structure vectors from a graph attention network that is trained on the matches.

The network is that of Dual-AMN (Mao et al. 2021; see :mod:`.attention_network`). Several are trained
that differ in what they start from; the likeness is the mean of theirs, which is better than the best
of them.

They are trained on seed links where there are enough, and, in turns, on the matches of the rounds of
bootstrapping. A pair that was trained on looks alike for that reason, and a wrong match would stay;
therefore the matches are dealt among the networks, and each network's likeness counts only for
entities of which it has seen no match. Seed links train all networks, but for a fifth that is hidden:
from these is learnt how much the likeness is worth.
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
from kgalign.align.structure.joint_graph import JointGraph, fingerprint
from kgalign.align.structure.neighbourhood import Neighbourhood
from kgalign.align.structure.training_checkpoint import TrainingCheckpoint
from kgalign.cache_folder import cache_folder
from kgalign.progress import progress

_FEWEST_MATCHES = 30
_ENOUGH_GIVEN = 100
_TRAINED_FROM = 0.5
_HIDDEN_SHARE = 5
_CHANGED_ENOUGH = 0.05
_ROUNDS_BETWEEN = 1
_STEPS_PER_CHECKPOINT = 50
_FAN_OUT = 12
_BLOCK = 16_384


@dataclass(frozen=True)
class Training:
    """How the network is trained.

    Attributes:
        dimensions: length of an entity's own vector; each network gives six times as many.
        proxies: number of proxy vectors.
        steps: each network's optimiser steps in the first turn, at most.
        later_steps: the same in a later turn.
        epochs: the first turn passes over its pairs at most so often, as published, and a later one
            half as often; after that it learns them by heart, and finds fewer of the others.
        turns: at most so many turns.
        batch: pairs per step.
        negatives: wrong entities per step and graph.
        networks: how many networks are trained, at least 2.
        learning_rate: of RMSprop.
        dropout: share of the values left out.
        most_edges: with more edges than this, both graphs together, a step looks only at a sample
            of its pairs' neighbourhoods.
        seed: of everything random.
    """

    dimensions: int = 64
    proxies: int = 64
    steps: int = 120
    later_steps: int = 80
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


@dataclass(frozen=True)
class _Pairs:
    """What a turn trains on.

    Attributes:
        source: entity ids of the first graph.
        target: entity ids of the second.
        network: the network that each pair trains, -1 for all of them.
    """

    source: Ids
    target: Ids
    network: Ids

    def of(self, network: int) -> tuple[Ids, Ids]:
        """The pairs that train one network."""
        own = (self.network == network) | (self.network == -1)
        return self.source[own], self.target[own]


@dataclass
class _State:
    """What changes from turn to turn.

    Attributes:
        turn: number of turns so far.
        waited: number of calls since the last one.
        keys: of the last turn's pairs, ascending.
        shared: keys of the pairs that trained all networks, ascending.
        biased: for each graph's entities, the network that was trained on their match; -1 for none.
        vectors: after the last turn.
    """

    biased: tuple[Ids, Ids]
    turn: int = 0
    waited: int = 0
    keys: Ids = field(default_factory=lambda: np.empty(0, np.int64))
    shared: Ids = field(default_factory=lambda: np.empty(0, np.int64))
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
        self._whole = None if self._sampled else self._graph.whole().to(self._device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._training.seed)
            self._members = [self._member(number) for number in range(self._training.networks)]
        self._identity = hashlib.blake2b(
            fingerprint([self._graph.entity, self._graph.relation, self._graph.neighbour])
            + repr((self._training, self._sizes, str(self._device))).encode(),
            digest_size=16,
        )
        self._state = _State((np.full(first.entities, -1, np.int64), np.full(second.entities, -1, np.int64)))

    def _member(self, number: int) -> _Member:
        plan = self._training
        network = GraphAttentionNetwork(
            self._graph.entities, self._graph.relations, plan.dimensions, plan.proxies
        ).to(self._device)
        return _Member(number, network, torch.optim.RMSprop(network.parameters(), lr=plan.learning_rate))

    def learnt_from(self, source: Ids, target: Ids) -> NDArray[np.bool_]:
        """Whether each pair trained all networks, so that none is left to judge it."""
        return np.isin(source * self._sizes[1] + target, self._state.shared)

    def encode(self, matches: Matches, correspondence: pl.DataFrame | None) -> StructureVectors:
        """See :meth:`~kgalign.align.structure.base.StructureEncoder.encode`."""
        state = self._state
        pairs = self._dealt(matches)
        if self._is_due(pairs):
            self._train(pairs)
            keys = pairs.source * self._sizes[1] + pairs.target
            state.keys, state.shared = np.sort(keys), np.sort(keys[pairs.network == -1])
            dealt = pairs.network >= 0
            state.biased[0][pairs.source[dealt]] = pairs.network[dealt]
            state.biased[1][pairs.target[dealt]] = pairs.network[dealt]
            state.turn, state.waited, state.vectors = state.turn + 1, 0, self._encoded()
        else:
            state.waited += 1
        if state.vectors is None:
            width = 2 * self._training.dimensions * (LAYERS + 1) * self._training.networks
            nothing = [np.zeros((size, width), np.float32) for size in self._sizes]
            return StructureVectors(nothing[0], nothing[1])
        return state.vectors

    def _dealt(self, matches: Matches) -> _Pairs:
        """Which pairs train which network: an entity's matches always the same one."""
        count = self._training.networks
        given = np.zeros(len(matches), bool) if matches.given is None else matches.given
        network = matches.source % count
        before = self._state.biased[1][matches.target]
        chosen = (matches.weight >= _TRAINED_FROM) & ((before == network) | (before == -1))
        if int(given.sum()) >= _ENOUGH_GIVEN:
            network = np.where(given, -1, network)
            chosen = np.where(given, matches.source % _HIDDEN_SHARE != 0, chosen)
        rows = np.flatnonzero(chosen)
        # Where targets are shared, the first of a target's matches decides which network sees it.
        _, first, place = np.unique(matches.target[rows], return_index=True, return_inverse=True)
        rows = rows[network[rows] == network[rows[first]][place]]
        return _Pairs(matches.source[rows], matches.target[rows], network[rows])

    def _is_due(self, pairs: _Pairs) -> bool:
        state, plan = self._state, self._training
        fewest = min(len(pairs.of(number)[0]) for number in range(plan.networks))
        if fewest < _FEWEST_MATCHES or state.turn >= plan.turns:
            return False
        if state.turn == 0:
            return True
        keys = np.sort(pairs.source * self._sizes[1] + pairs.target)
        changed = len(np.setxor1d(keys, state.keys, assume_unique=True))
        return state.waited >= _ROUNDS_BETWEEN and changed > _CHANGED_ENOUGH * len(keys)

    def _steps(self, pairs: int) -> int:
        plan = self._training
        batches = -(-pairs // plan.batch)
        if self._state.turn == 0:
            return min(plan.steps, plan.epochs * batches)
        return min(plan.later_steps, max(plan.epochs // 2, 1) * batches)

    def _train(self, pairs: _Pairs) -> None:
        self._identity.update(fingerprint([pairs.source, pairs.target, pairs.network]))
        turn = self._state.turn
        own = [pairs.of(member.number) for member in self._members]
        steps = [self._steps(len(source)) for source, _ in own]
        with progress(f"training, turn {turn + 1}", sum(steps), "step") as bar:
            for member, (source, target), count in zip(self._members, own, steps, strict=True):
                name = f"{self._identity.hexdigest()}-{member.number}.safetensors"
                checkpoint = TrainingCheckpoint(cache_folder() / "training" / name)
                done = checkpoint.restore(member.network, member.optimizer)
                bar.update(done)
                for step in range(done, count):
                    drawn = [self._training.seed, turn, member.number, step]
                    self._step(member, source, target, np.random.default_rng(drawn))
                    bar.update(1)
                    if (step + 1) % _STEPS_PER_CHECKPOINT == 0 or step + 1 == count:
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
            graph, rows = sampled.to(self._device), place[where]
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
        biased = (self._state.biased[0].copy(), self._state.biased[1].copy())
        return StructureVectors(joint[:cut], joint[cut:], len(self._members), biased)

    def _block(self, start: int) -> Matrix:
        rows = np.arange(start, min(start + _BLOCK, self._graph.entities))
        graph = self._whole
        if graph is None:
            generator = np.random.default_rng([self._training.seed, start])
            sampled, rows = self._graph.around(rows, LAYERS + 1, 4 * _FAN_OUT, generator)
            graph = sampled.to(self._device)
        wanted = torch.from_numpy(rows).to(self._device)
        return np.hstack([member.network(graph, wanted).cpu().numpy() for member in self._members])


def _centred(vectors: Matrix) -> Matrix:
    return unit_rows(unit_rows(vectors) - unit_rows(vectors).mean(axis=0, keepdims=True))
