"""The upper layers of a BERT-shaped encoder, trainable, on top of lower layers that stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from kgalign.encode.packed_bert import PackedBert
from kgalign.encode.token_lengths import CPU_TOKENS, groups_of_equal_length, run_groups

# Texts that share one padded tensor: few enough that texts of one length fill it nearly without padding.
_TEXTS_TOGETHER = 64


class LowerStates:
    """What the frozen lower layers make of texts, computed once; kept as float16, without padding.

    Args:
        stack: the encoder.
        layers: how many of its layers are frozen.
        ids: token ids of each text; none may be empty.
    """

    def __init__(self, stack: PackedBert, layers: int, ids: Sequence[list[int]]) -> None:
        self.lengths = np.array([len(text) for text in ids], np.int64)
        self._start = np.concatenate([[0], np.cumsum(self.lengths)])
        # The last row is what padding reads.
        self._rows = torch.zeros(int(self._start[-1]) + 1, stack.hidden_size, dtype=torch.float16)
        self._device = stack.device

        def fill(group: list[int]) -> None:
            with torch.inference_mode():
                states = stack(torch.tensor([ids[text] for text in group], device=stack.device), layers)
            places = self._start[group][:, None] + np.arange(states.shape[1])
            self._rows[torch.from_numpy(places)] = states.half().cpu()

        groups = list(groups_of_equal_length(self.lengths.tolist(), CPU_TOKENS))
        run_groups(groups, fill, stack.device)

    def batches(self, texts: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], Tensor, Tensor]]:
        """The states of *texts* in padded parts, short texts first.

        Yields:
            Positions within *texts*; ``texts × length × hidden`` float32; ``texts × length``, true where
            there is a token.
        """
        order = np.argsort(self.lengths[texts], kind="stable")
        for start in range(0, len(order), _TEXTS_TOGETHER):
            part = order[start : start + _TEXTS_TOGETHER]
            lengths = self.lengths[texts[part]][:, None]
            place = np.arange(lengths.max())
            present = place < lengths
            rows = np.where(present, self._start[texts[part]][:, None] + place, len(self._rows) - 1)
            states = self._rows[torch.from_numpy(rows)].float().to(self._device)
            yield part, states, torch.from_numpy(present).to(self._device)


class TrainableLayers(nn.Module):
    """The layers from *first* on, with pooling: lower states in, unit vectors out.

    Args:
        stack: the encoder whose weights to begin with.
        first: number of the lowest layer to train.
        pooling: ``mean`` or ``cls``.
    """

    def __init__(self, stack: PackedBert, first: int, pooling: str) -> None:
        super().__init__()
        self._first = first
        self._pooling = pooling
        self.layers = nn.ModuleList(
            _TrainableLayer(stack.hidden_size, stack.heads, stack.epsilon, stack.stored(place), place)
            for place in range(first, stack.depth)
        )
        self.to(stack.device)

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """Vectors (``texts × hidden`` float32) of lower states (see :meth:`LowerStates.batches`)."""
        for layer in self.layers:
            states = layer(states, present)
        states = states.float()
        if self._pooling == "cls":
            return functional.normalize(states[:, 0])
        weights = present.to(states.dtype)[:, :, None]
        return functional.normalize((states * weights).sum(1) / weights.sum(1))

    def encode(self, lower: LowerStates, texts: NDArray[np.int64]) -> Tensor:
        """Vectors of the texts with these numbers, in their order."""
        parts = list(lower.batches(texts))
        vectors = torch.cat([self(states, present) for _, states, present in parts])
        back = np.argsort(np.concatenate([part for part, _, _ in parts]), kind="stable")
        return vectors[torch.from_numpy(back).to(vectors.device)]

    def tensors(self) -> dict[str, Tensor]:
        """The weights as float16 under ``BertModel``'s names, detached and on the CPU."""
        return {
            f"encoder.layer.{self._first + place}.{_long_name(name)}": values.detach()
            .half()
            .cpu()
            .contiguous()
            for place, layer in enumerate(self.layers)
            for name, values in layer.state_dict().items()
        }


# BertModel's names of the parts of a layer.
_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mix": "attention.output.dense",
    "mix_norm": "attention.output.LayerNorm",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "narrow_norm": "output.LayerNorm",
}


def _long_name(name: str) -> str:
    part, kind = name.rsplit(".", 1)
    return f"{_NAMES[part]}.{kind}"


class _TrainableLayer(nn.Module):
    """One post-norm transformer block over padded texts."""

    def __init__(
        self, hidden: int, heads: int, epsilon: float, weights: dict[str, Tensor], place: int
    ) -> None:
        super().__init__()
        self._heads = heads
        wide = len(weights[f"encoder.layer.{place}.intermediate.dense.bias"])
        self.query, self.key, self.value = (nn.Linear(hidden, hidden) for _ in range(3))
        self.mix, self.widen, self.narrow = (
            nn.Linear(hidden, hidden),
            nn.Linear(hidden, wide),
            nn.Linear(wide, hidden),
        )
        self.mix_norm, self.narrow_norm = nn.LayerNorm(hidden, epsilon), nn.LayerNorm(hidden, epsilon)
        self.load_state_dict(
            {name: weights[f"encoder.layer.{place}.{_long_name(name)}"] for name in self.state_dict()}
        )

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        states = self.mix_norm(states + self.mix(self._attention(states, present)))
        result: Tensor = self.narrow_norm(states + self.narrow(functional.gelu(self.widen(states))))
        return result

    def _attention(self, states: Tensor, present: Tensor) -> Tensor:
        texts, length, hidden = states.shape
        query, key, value = (
            linear(states).view(texts, length, self._heads, -1).transpose(1, 2)
            for linear in (self.query, self.key, self.value)
        )
        mixed = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=present[:, None, None, :]
        )
        return mixed.transpose(1, 2).reshape(texts, length, hidden)
