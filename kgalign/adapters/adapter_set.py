"""What is trained, and written: adapters by place, or low-rank changes of the model itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from kgalign.adapters.bottleneck import Bottleneck, Fusion, Stack
from kgalign.errors import InputError

# What LoRA changes, by architecture: queries and values, as Hu et al. (2022) do.
_LORA_TARGETS = {"t5": ["q", "v"], "mt5": ["q", "v"]}
_LORA_TARGETS_ELSEWHERE = ["query", "value"]


class Trainable(ABC):
    """Weights beside a frozen model."""

    @abstractmethod
    def parameters(self) -> Iterator[nn.Parameter]:
        """All its weights; those that are trained require a gradient."""

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """Its weights by name, detached, on the CPU."""

    @abstractmethod
    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take weights that :meth:`tensors` gave.

        Raises:
            InputError: if a weight is missing or has another shape.
        """

    def trained(self) -> list[nn.Parameter]:
        """The weights that are trained."""
        return [weight for weight in self.parameters() if weight.requires_grad]


class AdapterSet(Trainable):
    """Adapters by the place where they stand.

    Args:
        modules: a module for each place.
    """

    def __init__(self, modules: Mapping[str, nn.Module]) -> None:
        self.modules = dict(modules)

    @classmethod
    def fresh(cls, places: Sequence[str], hidden: int, width: int, seed: int) -> AdapterSet:
        """Untrained bottlenecks, which change nothing yet."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls({place: Bottleneck(hidden, width) for place in places})

    @classmethod
    def stack(cls, sets: Sequence[AdapterSet]) -> AdapterSet:
        """Adapters one upon the other, the first lowest, wherever one of them stands."""
        return cls({place: Stack(_at(sets, place)) for place in _all_places(sets)})

    @classmethod
    def fusion(cls, sets: Sequence[AdapterSet], hidden: int, seed: int) -> AdapterSet:
        """Untrained AdapterFusion over adapters, wherever one of them stands."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls({place: Fusion(_at(sets, place), hidden) for place in _all_places(sets)})

    def to(self, device: torch.device) -> AdapterSet:
        """Move them to *device*."""
        for module in self.modules.values():
            module.to(device)
        return self

    def parameters(self) -> Iterator[nn.Parameter]:
        """All weights, in order of places."""
        for module in self.modules.values():
            yield from module.parameters()

    def tensors(self) -> dict[str, Tensor]:
        """The weights by place and name."""
        return {
            f"{place}.{name}": weight.detach().cpu().contiguous().clone()
            for place, module in self.modules.items()
            for name, weight in module.state_dict().items()
        }

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take weights; see :meth:`Trainable.load`."""
        for place, module in self.modules.items():
            begin = f"{place}."
            own = {
                name.removeprefix(begin): weight for name, weight in tensors.items() if name.startswith(begin)
            }
            try:
                module.load_state_dict(own)
            except RuntimeError as error:
                raise InputError(
                    f"the weights at {place} are not those that the adapter's description announces",
                    remedy="fetch or train the adapter again",
                ) from error


def _all_places(sets: Sequence[AdapterSet]) -> list[str]:
    return list(dict.fromkeys(place for one in sets for place in one.modules))


def _at(sets: Sequence[AdapterSet], place: str) -> list[nn.Module]:
    return [one.modules[place] for one in sets if place in one.modules]


class LoraSet(Trainable):
    """Low-rank changes of a model's attention (Hu et al., 2022), by the library peft.

    Args:
        model: as transformers loads it; it is changed.
        rank: of the changes.
        seed: decides what they begin with.

    Raises:
        InputError: if peft isn't installed, or finds nothing to change.
    """

    def __init__(self, model: Any, rank: int, seed: int) -> None:
        try:
            import peft
        except ImportError as error:
            raise InputError(
                "--method lora needs the library peft", remedy="run: pip install kgalign[lora]"
            ) from error
        targets = _LORA_TARGETS.get(str(model.config.model_type), _LORA_TARGETS_ELSEWHERE)
        options = peft.LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            try:
                self.model: Any = peft.get_peft_model(model, options).eval()
            except ValueError as error:
                raise InputError(
                    f"LoRA finds nothing to change in a model of type {model.config.model_type!r}",
                    remedy="choose another base",
                ) from error

    def parameters(self) -> Iterator[nn.Parameter]:
        """The low-rank matrices."""
        return (weight for weight in self.model.parameters() if weight.requires_grad)

    def tensors(self) -> dict[str, Tensor]:
        """The matrices by peft's names."""
        import peft

        found = peft.get_peft_model_state_dict(self.model)
        return {name: weight.detach().cpu().contiguous().clone() for name, weight in found.items()}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take weights; see :meth:`Trainable.load`."""
        import peft

        if set(tensors) != set(peft.get_peft_model_state_dict(self.model)):
            raise InputError(
                "the weights are not those that the adapter's description announces",
                remedy="fetch or train the adapter again",
            )
        peft.set_peft_model_state_dict(self.model, dict(tensors))
