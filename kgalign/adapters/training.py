"""Training adapters on a frozen model."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kgalign.adapters.adapter_set import Trainable
from kgalign.adapters.backbone import Backbone
from kgalign.adapters.checkpoints import LogLine, read_checkpoint, write_checkpoint
from kgalign.adapters.objectives import Objective, TextPairs
from kgalign.adapters.options import AdaptOptions
from kgalign.encode.contrastive import contrastive_loss
from kgalign.encode.schedule import rate_share
from kgalign.progress import NotedProgress, progress, say

TRANSLATING = "t2t"
_LONGEST_GRADIENT = 1.0
# Pairs held out are asked in parts of this size, so that shares are comparable between graphs.
_ASKED_TOGETHER = 1000


@dataclass(frozen=True)
class Learnt:
    """What the pairs that were held out say of a training, for one objective.

    Attributes:
        pairs: how many there were.
        before: share whose answer was the closest before; for ``t2t`` the loss per token.
        after: the same afterwards.
    """

    pairs: int
    before: float
    after: float


@dataclass(frozen=True)
class Training:
    """A finished training.

    Attributes:
        log: all steps.
        learnt: by objective; objectives with too few items to hold any out are missing.
    """

    log: list[LogLine]
    learnt: dict[str, Learnt]


def train(
    backbone: Backbone,
    weights: Trainable,
    objectives: Sequence[Objective],
    options: AdaptOptions,
    folder: Path,
    subject: str,
) -> Training:
    """Train *weights*, which stand in *backbone* already.

    A training that was interrupted goes on from its last checkpoint in *folder*, and ends with the same
    weights as one that wasn't.

    Args:
        backbone: the frozen model.
        weights: what is trained.
        objectives: take turns.
        options: how to train.
        folder: for checkpoints.
        subject: names the graph and the model, so that a checkpoint isn't taken for another training's.

    Raises:
        OutputError: if a checkpoint can't be written.
    """
    before = {goal.name: _asked(backbone, goal, options) for goal in objectives}
    optimizer = torch.optim.AdamW(weights.trained(), lr=options.rate, weight_decay=options.weight_decay)
    key = _key(options, objectives, subject)
    log = read_checkpoint(folder, key, weights, optimizer) or []
    if log:
        say(f"going on after step {len(log)} of {options.steps}")
    with progress("training", options.steps, "step") as bar:
        bar.update(len(log))
        _run(_Loop(backbone, weights, optimizer, objectives, options), log, folder, key, bar)
    learnt = {}
    for goal in objectives:
        asked = before[goal.name]
        if asked is not None:
            after = _asked(backbone, goal, options)
            learnt[goal.name] = Learnt(asked[0], asked[1], after[1] if after else asked[1])
    return Training(log, learnt)


def _run(loop: _Loop, log: list[LogLine], folder: Path, key: str, bar: NotedProgress) -> None:
    """Go on from the end of *log*."""
    options = loop.options
    while len(log) < options.steps:
        log.append(loop.step(len(log)))
        bar.note(f"loss {log[-1].loss:.3f}")
        bar.update(1)
        if len(log) % options.checkpoint_every == 0 and len(log) < options.steps:
            write_checkpoint(folder, key, loop.weights, loop.optimizer, log)


@dataclass(frozen=True)
class _Loop:
    """Updates of the weights."""

    backbone: Backbone
    weights: Trainable
    optimizer: torch.optim.Optimizer
    objectives: Sequence[Objective]
    options: AdaptOptions

    def step(self, number: int) -> LogLine:
        options = self.options
        share = rate_share(number, round(options.warm_up * options.steps), options.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = options.rate * share
        objective = self.objectives[number % len(self.objectives)]
        self.optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for part in range(options.accumulate):
            generator = np.random.default_rng([options.seed, number, part])
            pairs = objective.draw(options.batch or objective.batch, generator)
            loss = loss_of(self.backbone, objective, pairs, options) / options.accumulate
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(self.weights.trained(), _LONGEST_GRADIENT)
        self.optimizer.step()
        return LogLine(number + 1, objective.name, round(total, 5), options.rate * share)


def loss_of(backbone: Backbone, objective: Objective, pairs: TextPairs, options: AdaptOptions) -> Tensor:
    """The loss of a batch, as :class:`AdaptOptions` says."""
    first, second = (_ids(backbone, texts, objective) for texts in (pairs.first, pairs.second))
    if objective.name == TRANSLATING:
        return backbone.translation_loss(first, second)
    one, other = backbone.vectors(first + second).tensor_split([len(first)])
    same = torch.from_numpy(pairs.same) if options.mask_other_answers else None
    return contrastive_loss(one, other, same, options.temperature, symmetric=options.symmetric)


def _ids(backbone: Backbone, texts: list[str], objective: Objective) -> list[list[int]]:
    """Token ids, cut to the objective's length; the last one, which ends a text, stays."""
    longest = objective.tokens
    return [ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]] for ids in backbone.read(texts)]


@torch.no_grad()
def _asked(backbone: Backbone, objective: Objective, options: AdaptOptions) -> tuple[int, float] | None:
    """How many pairs are held out, and the share that finds its answer (for ``t2t``: the loss)."""
    pairs = objective.held_out_pairs(options.seed)
    if pairs is None:
        return None
    first, second = (_ids(backbone, texts, objective) for texts in (pairs.first, pairs.second))
    count = len(first)
    if objective.name == TRANSLATING:
        size = objective.batch
        losses = [
            float(backbone.translation_loss(first[start : start + size], second[start : start + size]))
            for start in range(0, count, size)
        ]
        return count, round(float(np.mean(losses)), 5)
    found = 0
    for start in range(0, count, _ASKED_TOGETHER):
        part = slice(start, start + _ASKED_TOGETHER)
        one, other = backbone.vectors(first[part] + second[part]).tensor_split([len(first[part])])
        nearest = (one @ other.T).argmax(1).cpu().numpy()
        rows = np.arange(len(nearest))
        found += int((pairs.same[part, part][rows, nearest] | (nearest == rows)).sum())
    return count, round(found / count, 5)


def _key(options: AdaptOptions, objectives: Sequence[Objective], subject: str) -> str:
    told: Mapping[str, object] = options.model_dump(mode="json", exclude={"checkpoint_every"})
    sizes = [(goal.name, goal.taught) for goal in objectives]
    return hashlib.sha256(f"{sorted(told.items())}{sizes}{subject}".encode()).hexdigest()[:24]


def seconds_for_a_step(backbone: Backbone, objective: Objective, options: AdaptOptions) -> float:
    """How long one update takes here; the weights stay as they are."""
    generator = np.random.default_rng([options.seed, 0, 0])
    pairs = objective.draw(options.batch or objective.batch, generator)
    begin = time.perf_counter()
    loss_of(backbone, objective, pairs, options).backward()  # type: ignore[no-untyped-call]
    return (time.perf_counter() - begin) * options.accumulate
