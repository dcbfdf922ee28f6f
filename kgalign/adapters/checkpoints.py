"""Where a training was when it was last written down, so that it can go on as if nothing had happened.

A checkpoint is one safetensors file that appears whole or not at all: the weights, what the optimiser
remembers of each, and the state of PyTorch's generator; its metadata holds the step, the log so far, and
what the training was for. Batches depend on the seed and the step alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from kgalign.adapters.adapter_set import Trainable
from kgalign.files import atomic_file

FILE = "checkpoint.safetensors"
_WEIGHT, _MEMORY, _GENERATOR = "weight/", "optimizer/", "generator"


@dataclass(frozen=True)
class LogLine:
    """One step of a training: its number (from 1), objective, loss and learning rate."""

    step: int
    objective: str
    loss: float
    rate: float


def log_lines(log: Sequence[LogLine]) -> str:
    """A training's log as JSON by line."""
    return "".join(json.dumps(asdict(line)) + "\n" for line in log)


def write_checkpoint(
    folder: Path, key: str, weights: Trainable, optimizer: torch.optim.Optimizer, log: Sequence[LogLine]
) -> None:
    """Write down where a training is.

    Args:
        folder: where; the file is named :data:`FILE`.
        key: what the training is for; only the same one may go on from here.
        weights: what is trained.
        optimizer: of the trained weights.
        log: all steps so far.

    Raises:
        OutputError: if the place can't be written.
    """
    from safetensors.torch import save_file

    tensors = {_WEIGHT + name: weight for name, weight in weights.tensors().items()}
    for number, memory in optimizer.state_dict()["state"].items():
        for name, value in memory.items():
            tensors[f"{_MEMORY}{number}/{name}"] = torch.as_tensor(value).cpu().contiguous()
    tensors[_GENERATOR] = torch.get_rng_state()
    told = {"key": key, "log": json.dumps([asdict(line) for line in log])}
    with atomic_file(folder / FILE) as scratch:
        save_file(tensors, scratch, metadata=told)


def read_checkpoint(
    folder: Path, key: str, weights: Trainable, optimizer: torch.optim.Optimizer
) -> list[LogLine] | None:
    """Go back to where a training was.

    Args:
        folder: where a checkpoint may be.
        key: what the training is for.
        weights: take the checkpoint's weights.
        optimizer: takes its memory.

    Returns:
        The steps so far; None where there is no checkpoint of this training.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / FILE, "pt") as stored:
            told = stored.metadata() or {}
            if told.get("key") != key:
                return None
            log = [LogLine(**line) for line in json.loads(told["log"])]
            tensors: dict[str, Tensor] = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None
    weights.load(_below(tensors, _WEIGHT))
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in _below(tensors, _MEMORY).items():
        number, part = name.split("/")
        state.setdefault(int(number), {})[part] = value
    optimizer.load_state_dict(
        {"state": state, "param_groups": optimizer.state_dict()["param_groups"]},
    )
    torch.set_rng_state(tensors[_GENERATOR])
    return log


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
