"""What of a generation model is trained: all of it, or adapters and the marks' embeddings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from kgalign.adapters.adapter_set import AdapterSet, LoraSet, Trainable
from kgalign.adapters.insertion import places
from kgalign.errors import InputError
from kgalign.generate.neural.building import is_tied
from kgalign.generate.neural.network import FactToText
from kgalign.generate.neural.options import NeuralOptions

_SHARED = "model.shared.weight"
_SAME = ("model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight")
_PROJECTION = "model.lm_head.weight"


class NetworkWeights(Trainable):
    """The weights of a network that require a gradient.

    Args:
        network: the model.
    """

    def __init__(self, network: FactToText) -> None:
        self._network = network

    def parameters(self) -> Iterator[nn.Parameter]:
        """Those that are trained."""
        return (weight for weight in self._network.parameters() if weight.requires_grad)

    def tensors(self) -> dict[str, Tensor]:
        """Them by name, detached, on the CPU."""
        return {name: weight.detach().cpu().contiguous().clone() for name, weight in self._named().items()}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take weights; see :meth:`Trainable.load`."""
        own = self._named()
        if {name: weight.shape for name, weight in own.items()} != {
            name: tensor.shape for name, tensor in tensors.items()
        }:
            raise InputError("the weights are not those of this model", remedy="train the model again")
        with torch.no_grad():
            for name, weight in own.items():
                weight.copy_(tensors[name])

    def _named(self) -> dict[str, nn.Parameter]:
        return {name: weight for name, weight in self._network.named_parameters() if weight.requires_grad}


def trainable(network: FactToText, options: NeuralOptions, marks_from: int) -> NetworkWeights:
    """Prepare *network* for a method of training.

    With adapters, of the embeddings only those of the marks are trained.

    Args:
        network: the model; it is changed.
        options: which method.
        marks_from: id of the first mark.

    Raises:
        InputError: if LoRA needs a library that isn't there.
    """
    if options.method == "full":
        return NetworkWeights(network)
    network.requires_grad_(False)
    if options.method == "lora":
        LoraSet(network.model, options.rank, options.seed)
    else:
        put_bottlenecks(network, bottleneck_width(network, options), options.seed)
    for table in (network.roles, network.facts):
        if table is not None:
            table.requires_grad_(True)
    tables = [network.model.shared.weight]
    tables += [] if is_tied(network.model) else [network.model.lm_head.weight]
    for weight in tables:
        weight.requires_grad_(True)
        weight.register_hook(lambda gradient: _below_marks(gradient, marks_from))
    return NetworkWeights(network)


def _below_marks(gradient: Tensor, marks_from: int) -> Tensor:
    kept = gradient.clone()
    kept[:marks_from] = 0
    return kept


def bottleneck_width(network: FactToText, options: NeuralOptions) -> int:
    """How wide the bottlenecks are."""
    return max(1, int(network.model.config.d_model) // options.reduction)


def put_bottlenecks(network: FactToText, width: int, seed: int = 0) -> None:
    """Put untrained bottleneck adapters behind every feed-forward part."""
    where = places(network.model)
    adapters = AdapterSet.fresh(tuple(where), int(network.model.config.d_model), width, seed)
    for name, place in where.items():
        place.put(adapters.to(network.device).modules[name])


def merged(network: FactToText, options: NeuralOptions) -> None:
    """Make LoRA's changes part of the weights."""
    if options.method != "lora":
        return
    from peft.tuners.lora import LoraLayer

    for module in list(network.model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, LoraLayer):
                child.merge()
                setattr(module, name, child.get_base_layer())


def all_tensors(network: FactToText) -> dict[str, Tensor]:
    """All weights by name, each once, on the CPU."""
    shared = {*_SAME, _PROJECTION} if is_tied(network.model) else set(_SAME)
    return {
        name: tensor.detach().cpu().contiguous().clone()
        for name, tensor in network.state_dict().items()
        if name not in shared
    }


def take(network: FactToText, tensors: Mapping[str, Tensor]) -> None:
    """Take the weights that :func:`all_tensors` gave.

    Raises:
        InputError: if they are those of another model.
    """
    full = {**tensors, **dict.fromkeys(_SAME, tensors[_SHARED])} if _SHARED in tensors else dict(tensors)
    full.setdefault(_PROJECTION, full.get(_SHARED, torch.empty(0)))
    try:
        network.load_state_dict(full)
    except RuntimeError:
        raise InputError(
            "the weights don't fit the description", remedy="train or copy the model again"
        ) from None
