"""A frozen model with something trainable in it, as training sees it: token ids in, vectors out.

Two kinds share the interface. :class:`PackedBackbone` runs BERT-shaped encoders through the lean forward
pass of :mod:`kgalign.encode.packed_bert`, without padding; it is faster on a CPU. :class:`ModelBackbone`
runs any model that transformers loads.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.insertion import places
from kgalign.encode.linear import resolve_precision
from kgalign.encode.packed_bert import PackedBert
from kgalign.encode.token_lengths import CPU_TOKENS, CUDA_TOKENS, groups_of_equal_length
from kgalign.encode.token_reader import TokenReader
from kgalign.encode.transformer import TransformerEncoder

# Texts that share one padded tensor.
_TEXTS_TOGETHER = 64
_IGNORED = -100


class Backbone(ABC):
    """A frozen model and the places where adapters can stand in it.

    Attributes:
        read: gives token ids.
        place_names: the places, from the lowest layer up, the decoder's after the encoder's.
        device: where it computes.
    """

    read: TokenReader
    place_names: tuple[str, ...]
    device: torch.device

    @abstractmethod
    def put(self, adapters: Mapping[str, nn.Module]) -> None:
        """Let *adapters* stand at their places, and nothing elsewhere."""

    @abstractmethod
    def vectors(self, ids: Sequence[list[int]]) -> Tensor:
        """Unit vectors (``texts × hidden`` float32) of texts by their token ids; none may be empty."""

    def translation_loss(self, first: Sequence[list[int]], second: Sequence[list[int]]) -> Tensor:
        """Mean loss per token of giving *second* for *first*.

        Raises:
            TypeError: if the model has no decoder.
        """
        raise TypeError("this model has no decoder")


class PackedBackbone(Backbone):
    """A BERT-shaped encoder.

    Args:
        encoder: with a :attr:`~kgalign.encode.transformer.TransformerEncoder.stack`.
        stack: that stack.
        read: gives token ids.
    """

    def __init__(self, encoder: TransformerEncoder, stack: PackedBert, read: TokenReader) -> None:
        self.read = read
        self.place_names = tuple(f"encoder.{layer}" for layer in range(stack.depth))
        self.device = stack.device
        self._plain = self._stack = stack
        self._pooling = encoder.pooling

    def put(self, adapters: Mapping[str, nn.Module]) -> None:
        """Let *adapters* stand at their places, and nothing elsewhere."""
        self._stack = self._plain.with_adapters([adapters.get(place) for place in self.place_names])

    def vectors(self, ids: Sequence[list[int]]) -> Tensor:
        """Unit vectors of texts; see :meth:`Backbone.vectors`."""
        order: list[int] = []
        parts = []
        most = CPU_TOKENS if self.device.type == "cpu" else CUDA_TOKENS
        for group in groups_of_equal_length([len(text) for text in ids], most):
            states = self._stack(torch.tensor([ids[text] for text in group], device=self.device))
            parts.append(states[:, 0] if self._pooling == "cls" else states.mean(1))
            order += group
        back = torch.empty(len(order), dtype=torch.int64)
        back[torch.tensor(order)] = torch.arange(len(order))
        return functional.normalize(torch.cat(parts)[back.to(self.device)])


class ModelBackbone(Backbone):
    """Any model that transformers loads.

    Args:
        model: frozen, in evaluation mode; with a decoder if it is to translate.
        read: gives token ids.
        pooling: ``mean`` (of the text's tokens), ``cls``, or ``padded``: the mean over padding, too,
            which is what the code of Hou et al. (2022) does.
        precision: ``auto``, ``float32`` or ``bfloat16``.
        wants_places: whether adapters are to stand in it; otherwise :meth:`put` takes none.
    """

    def __init__(
        self,
        model: Any,
        read: TokenReader,
        pooling: str,
        precision: str = "auto",
        *,
        wants_places: bool = True,
    ) -> None:
        self.model = model
        self.read = read
        self._places = places(model) if wants_places else {}
        self.place_names = tuple(self._places)
        self.device = next(model.parameters()).device
        self._pooling = pooling
        self._padding = int(model.config.pad_token_id or 0)
        native = resolve_precision(precision, self.device) == "bfloat16"
        self._fast = torch.autocast(self.device.type, torch.bfloat16, enabled=native)

    def put(self, adapters: Mapping[str, nn.Module]) -> None:
        """Let *adapters* stand at their places, and nothing elsewhere."""
        for name, place in self._places.items():
            place.put(adapters.get(name))

    def vectors(self, ids: Sequence[list[int]]) -> Tensor:
        """Unit vectors of texts; see :meth:`Backbone.vectors`."""
        encoder = self.model.get_encoder() if self.model.config.is_encoder_decoder else self.model
        order = sorted(range(len(ids)), key=lambda text: len(ids[text]))
        parts = []
        for start in range(0, len(order), _TEXTS_TOGETHER):
            tokens, present = self._padded([ids[text] for text in order[start : start + _TEXTS_TOGETHER]])
            with self._fast:
                states = encoder(input_ids=tokens, attention_mask=present).last_hidden_state
            parts.append(self._pooled(states.float(), present))
        back = torch.empty(len(order), dtype=torch.int64)
        back[torch.tensor(order)] = torch.arange(len(order))
        return functional.normalize(torch.cat(parts)[back.to(self.device)])

    def translation_loss(self, first: Sequence[list[int]], second: Sequence[list[int]]) -> Tensor:
        """Mean loss per token; see :meth:`Backbone.translation_loss`."""
        if not self.model.config.is_encoder_decoder:
            return super().translation_loss(first, second)
        tokens, present = self._padded(first)
        wanted, told = self._padded(second)
        with self._fast:
            found = self.model(
                input_ids=tokens, attention_mask=present, labels=wanted.masked_fill(told == 0, _IGNORED)
            )
        loss: Tensor = found.loss.float()
        return loss

    def _padded(self, ids: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
        longest = max(len(text) for text in ids)
        tokens = torch.tensor([text + [self._padding] * (longest - len(text)) for text in ids])
        present = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in ids])
        return tokens.to(self.device), present.to(self.device)

    def _pooled(self, states: Tensor, present: Tensor) -> Tensor:
        if self._pooling == "cls":
            return states[:, 0]
        if self._pooling == "padded":
            return states.mean(1)
        return (states * present[:, :, None]).sum(1) / present.sum(1, keepdim=True)


def open_backbone(base: BaseModel, *, padded_pooling: bool = False, translating: bool = False) -> Backbone:
    """The backbone for a base model: the lean one where it can be.

    Args:
        base: the model.
        padded_pooling: average over padding, too (see :class:`ModelBackbone`).
        translating: whether the decoder is needed.

    Raises:
        InputError: if the model can't be loaded, or adapters have no place in it.
    """
    if not padded_pooling and not translating and not base.translates:
        encoder = base.encoder()
        if encoder.stack is not None:
            return PackedBackbone(encoder, encoder.stack, base.token_reader())
    pooling = "padded" if padded_pooling else base.checkpoint.pooling
    return ModelBackbone(base.transformer(), base.token_reader(), pooling, base.precision)
