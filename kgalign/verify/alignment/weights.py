"""The network with its base: the base's layers, trained or with adapters between them, and heads on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from kgalign.adapters.adapter_set import AdapterSet
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.insertion import places
from kgalign.encode.linear import resolve_precision
from kgalign.errors import InputError
from kgalign.verify.alignment.layout import Input
from kgalign.verify.alignment.network import Answers, Heads
from kgalign.verify.alignment.options import AlignmentOptions, Method

HEADS = "heads"
_LAYERS = "encoder"
States = Callable[[Tensor], Tensor]


class TrainedModel:
    """The base as transformers runs it, with padding, for training.

    Args:
        base: the model.
        options: what of it is trained, and with which weights to begin.

    Raises:
        InputError: if the base is no encoder of the shape of BERT.
    """

    def __init__(self, base: BaseModel, options: AlignmentOptions) -> None:
        if base.translates or base.encoder().stack is None:
            raise InputError(
                f"the alignment function needs an encoder like BERT, and {base.checkpoint.name} is none",
                remedy="choose a BERT or XLM-R with --base",
            )
        self._model = base.transformer()
        self.device = base.device
        self._fast = resolve_precision("auto", base.device) == "bfloat16"
        heads = _fresh_heads(base.hidden, options.seed)
        if options.method == "layers":
            body = getattr(self._model, self._model.base_model_prefix, self._model)
            layers = body.encoder.requires_grad_(True)
            layers.layer[: int(options.frozen * len(layers.layer))].requires_grad_(False)
            self.weights = AdapterSet({_LAYERS: layers, HEADS: heads})
        else:
            here = places(self._model)
            adapters = AdapterSet.fresh(list(here), base.hidden, options.width, options.seed)
            for name, place in here.items():
                place.put(adapters.modules[name])
            self.weights = AdapterSet({**adapters.modules, HEADS: heads})
        self.weights.to(base.device)

    def groups(self, rate: float, head_rate: float) -> list[dict[str, object]]:
        """The weights as groups of an optimiser."""
        body = [
            weight
            for name, module in self.weights.modules.items()
            if name != HEADS
            for weight in module.parameters()
            if weight.requires_grad
        ]
        heads = list(self.weights.modules[HEADS].parameters())
        return [{"params": body, "lr": rate}, {"params": heads, "lr": head_rate}]

    def answers(self, layouts: Sequence[Input]) -> list[Answers]:
        """The answers for a batch."""
        longest = max(len(each.ids) for each in layouts)
        ids = torch.zeros(len(layouts), longest, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, each in enumerate(layouts):
            ids[row, : len(each.ids)] = torch.tensor(each.ids)
            mask[row, : len(each.ids)] = 1
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._fast):
            found = self._model(input_ids=ids.to(self.device), attention_mask=mask.to(self.device))
        states = found.last_hidden_state.float()
        heads = self.weights.modules[HEADS]
        return [heads(states[row], each) for row, each in enumerate(layouts)]


def open_heads(hidden: int, tensors: Mapping[str, Tensor]) -> Heads:
    """The heads with trained weights."""
    heads = Heads(hidden)
    AdapterSet({HEADS: heads}).load(tensors)
    return heads.requires_grad_(False).eval()


def open_states(base: BaseModel, method: Method, width: int, tensors: Mapping[str, Tensor]) -> States:
    """What gives the last layer's states (``texts × length × hidden``) of texts of one length.

    Raises:
        InputError: if the weights don't fit the base.
    """
    stack = base.encoder().stack
    if stack is None:
        raise InputError("the base of the alignment function can't be run", remedy="train it anew")
    if method == "layers":
        return stack.with_layers(tensors)
    names = [f"encoder.{layer}" for layer in range(stack.depth)]
    adapters = AdapterSet.fresh(names, base.hidden, width, 0)
    adapters.load(tensors)
    for weight in adapters.parameters():
        weight.requires_grad_(False)
    layers: list[nn.Module | None] = [adapters.to(base.device).modules[name] for name in names]
    return stack.with_adapters(layers)


def _fresh_heads(hidden: int, seed: int) -> Heads:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed + 1)
        return Heads(hidden)
