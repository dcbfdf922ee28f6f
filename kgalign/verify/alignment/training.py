"""Training the alignment function on texts beside the facts that they state.

After AlignScore (Zha et al., 2023): one function of a context and a claim, trained on many kinds of
agreement. Here the context is facts of a graph, the claim a text in any language, and what disagrees is
made (:mod:`kgalign.verify.alignment.made_examples`); no judgement of a person is learnt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import torch

from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.checkpoints import LogLine, read_checkpoint, write_checkpoint
from kgalign.encode.schedule import rate_share
from kgalign.errors import InputError
from kgalign.progress import progress, say
from kgalign.verify.alignment.layout import Layout
from kgalign.verify.alignment.made_examples import AlignmentExample
from kgalign.verify.alignment.network import loss_of
from kgalign.verify.alignment.options import AlignmentOptions
from kgalign.verify.alignment.training_data import Batches, Taught, taught
from kgalign.verify.alignment.weights import TrainedModel

OBJECTIVE = "alignment"
_LONGEST_GRADIENT = 1.0


def train(
    base: BaseModel, examples: Sequence[AlignmentExample], options: AlignmentOptions, folder: Path
) -> tuple[TrainedModel, list[LogLine]]:
    """Train adapters and heads on *examples*.

    A training that was interrupted goes on from its last checkpoint in *folder*, and ends with the same
    weights as one that wasn't.

    Raises:
        InputError: if there is nothing to learn, or the base can't be used.
        OutputError: if a checkpoint can't be written.
    """
    if not examples:
        raise InputError("there is no text with facts to learn from", remedy="check --data")
    items = taught(examples, Layout(base), options.seed)
    model = TrainedModel(base, options)
    highest = (options.highest_rate, options.head_rate)
    optimizer = torch.optim.AdamW(model.groups(*highest), weight_decay=options.weight_decay)
    key = _key(base, items, options)
    log = read_checkpoint(folder, key, model.weights, optimizer) or []
    if log:
        say(f"going on after step {len(log)} of {options.steps}")
    batches = Batches([len(item.layout.ids) for item in items], options.tokens, options.seed)
    warm = max(1, round(options.warm_up * options.steps))
    with progress("training", options.steps, "step") as bar:
        bar.update(len(log))
        while len(log) < options.steps:
            share = rate_share(len(log), warm, options.steps)
            batch = [items[place] for place in batches[len(log)]]
            for group, rate in zip(optimizer.param_groups, highest, strict=True):
                group["lr"] = rate * share
            loss = _step(model, optimizer, batch, options)
            log.append(LogLine(len(log) + 1, OBJECTIVE, loss, highest[0] * share))
            bar.note(f"loss {loss:.3f}")
            bar.update(1)
            if len(log) % options.checkpoint_every == 0 and len(log) < options.steps:
                write_checkpoint(folder, key, model.weights, optimizer, log)
    return model, log


def _step(
    model: TrainedModel,
    optimizer: torch.optim.Optimizer,
    batch: Sequence[Taught],
    options: AlignmentOptions,
) -> float:
    optimizer.zero_grad(set_to_none=True)
    answers = model.answers([item.layout for item in batch])
    loss = loss_of(answers, [item.targets for item in batch], options.weights)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.weights.trained(), _LONGEST_GRADIENT)
    optimizer.step()
    return round(float(loss.detach()), 5)


def _key(base: BaseModel, items: Sequence[Taught], options: AlignmentOptions) -> str:
    """What a checkpoint is for: the same base, texts and options."""
    digest = hashlib.sha256(base.fingerprint.encode())
    digest.update(options.model_dump_json(exclude={"checkpoint_every"}).encode())
    for item in items:
        digest.update(repr(item.layout.ids).encode())
    return digest.hexdigest()[:24]
