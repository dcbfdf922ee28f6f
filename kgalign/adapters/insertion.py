"""Where adapters stand in each architecture, as Pfeiffer et al. (2021) place them.

BERT and XLM-R, in the output block, with ``h`` the feed-forward output and ``x`` its input:
``LN(up(relu(down(LN(h + x)))) + h + x)``; adding it after the block would not be the same. T5 and mT5, on
the feed-forward output ``y``: ``y + up(relu(down(y)))``, in the encoder and in the decoder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from kgalign.errors import InputError


class AdaptedOutput(nn.Module):
    """BERT's output block with an adapter inside.

    Args:
        block: the block, with ``dense``, ``dropout`` and ``LayerNorm``.
        adapter: gives what is added before the normalisation.
    """

    def __init__(self, block: Any, adapter: nn.Module) -> None:
        super().__init__()
        self.block = block
        self.adapter = adapter

    def forward(self, hidden_states: Tensor, input_tensor: Tensor) -> Tensor:
        """The block's result, as ``BertOutput.forward`` has it."""
        total = self.block.dropout(self.block.dense(hidden_states)) + input_tensor
        result: Tensor = self.block.LayerNorm(self.adapter(self.block.LayerNorm(total)) + total)
        return result


class AdaptedFeedForward(nn.Module):
    """T5's feed-forward part with an adapter on its output.

    Args:
        block: ``DenseReluDense`` of a T5 or mT5 layer.
        adapter: gives what is added to its output.
    """

    def __init__(self, block: nn.Module, adapter: nn.Module) -> None:
        super().__init__()
        self.block = block
        self.adapter = adapter

    def forward(self, hidden_states: Tensor) -> Tensor:
        """The part's result."""
        plain: Tensor = self.block(hidden_states)
        result: Tensor = plain + self.adapter(plain)
        return result


class Place:
    """One place for an adapter: a part of the model that can be exchanged for itself with an adapter.

    Args:
        owner: the module that holds the part.
        part: the part's name in *owner*.
        wrap: makes the part with an adapter.
    """

    def __init__(
        self, owner: nn.Module, part: str, wrap: Callable[[nn.Module, nn.Module], nn.Module]
    ) -> None:
        self._owner, self._part, self._wrap = owner, part, wrap
        self._plain: nn.Module = getattr(owner, part)

    def put(self, adapter: nn.Module | None) -> None:
        """Put *adapter* there; None takes away what is there."""
        whole = self._plain if adapter is None else self._wrap(self._plain, adapter)
        setattr(self._owner, self._part, whole)


def _bert_places(model: Any) -> dict[str, Place]:
    body = getattr(model, model.base_model_prefix, model)
    return {
        f"encoder.{number}": Place(layer, "output", AdaptedOutput)
        for number, layer in enumerate(body.encoder.layer)
    }


def _t5_places(model: Any) -> dict[str, Place]:
    body = getattr(model, model.base_model_prefix, model)
    return {
        f"{side}.{number}": Place(block.layer[-1], "DenseReluDense", AdaptedFeedForward)
        for side in ("encoder", "decoder")
        if getattr(body, side, None) is not None
        for number, block in enumerate(getattr(body, side).block)
    }


_PLACES: Mapping[str, Callable[[Any], dict[str, Place]]] = {
    "bert": _bert_places,
    "xlm-roberta": _bert_places,
    "t5": _t5_places,
    "mt5": _t5_places,
}
ARCHITECTURES = tuple(_PLACES)


def places(model: Any) -> dict[str, Place]:
    """The places for adapters in a transformers model, by name (``encoder.0``, …, ``decoder.0``, …).

    Args:
        model: as ``AutoModel`` or one of its task classes loads it.

    Raises:
        InputError: if nobody has said where adapters go in this architecture.
    """
    kind = str(model.config.model_type)
    if kind not in _PLACES:
        raise InputError(
            f"adapters have no place in a model of type {kind!r}",
            remedy=f"choose a base of one of the types {', '.join(ARCHITECTURES)}, or --method lora",
        )
    return _PLACES[kind](model)
