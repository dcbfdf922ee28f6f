"""Training states kept on disk, so that interrupted training goes on where it stopped."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from kgalign.files import atomic_file


class TrainingCheckpoint:
    """One training's latest state: the model's and the optimiser's tensors, and the step.

    A resumed training equals an uninterrupted one as long as what is random in a step depends on
    the step's number alone.

    Args:
        path: the file; its name should tell the data and the options apart.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def save(self, model: nn.Module, optimizer: torch.optim.Optimizer, step: int) -> None:
        """Keep the state after *step* steps; replaces the one before."""
        tensors = {f"model.{name}": value.detach() for name, value in model.state_dict().items()}
        for number, state in optimizer.state_dict()["state"].items():
            for key, value in state.items():
                tensors[f"optimizer.{number}.{key}"] = torch.as_tensor(value).detach()
        contiguous = {name: value.cpu().contiguous().clone() for name, value in tensors.items()}
        with atomic_file(self._path) as scratch:
            save_file(contiguous, scratch, metadata={"step": str(step)})

    def restore(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
        """Load the kept state, if there is one that fits; gives its step, else 0."""
        found = self._read()
        if found is None:
            return 0
        tensors, step = found
        wanted = model.state_dict()
        kept = {name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")}
        if {n: t.shape for n, t in kept.items()} != {n: t.shape for n, t in wanted.items()}:
            return 0
        model.load_state_dict(kept)
        states: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, number, key = name.split(".", 2)
                states.setdefault(int(number), {})[key] = value
        described = optimizer.state_dict()
        described["state"] = states
        optimizer.load_state_dict(described)
        return step

    def _read(self) -> tuple[dict[str, Tensor], int] | None:
        if not self._path.exists():
            return None
        try:
            with safe_open(self._path, "pt") as file:
                return {name: file.get_tensor(name) for name in file.keys()}, int(file.metadata()["step"])  # noqa: SIM118
        except (SafetensorError, OSError, KeyError, ValueError, TypeError):
            return None
