"""A lean forward pass for BERT-shaped encoders (BERT, RoBERTa, XLM-R), for many short texts.

Texts of one length at a time: no padding, no mask, and the linear layers see one tall matrix. Only the
word embeddings in use are read: the table stays mapped on the disk.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgalign.encode.linear import make_linear

_OFFSET_POSITIONS = {"roberta", "xlm-roberta"}
MODEL_TYPES = {"bert"} | _OFFSET_POSITIONS
# float32 numbers in the widest vector register.
_LANES = 16


class PackedBert:
    """The encoder stack of a checkpoint folder.

    Args:
        folder: holds ``config.json`` and ``model.safetensors``; see :func:`is_packable`.
        precision: one of :data:`kgalign.encode.linear.PRECISIONS`, for the linear layers; everything
            between them is float32.
        device: where to compute.
    """

    def __init__(self, folder: Path, precision: str, device: torch.device) -> None:
        from safetensors import safe_open

        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.folder = folder
        self.hidden_size = int(config["hidden_size"])
        self.heads = int(config["num_attention_heads"])
        self.epsilon = float(config["layer_norm_eps"])
        self._precision = precision
        self._position_offset = (
            int(config["pad_token_id"]) + 1 if config["model_type"] in _OFFSET_POSITIONS else 0
        )
        self.device = device
        with safe_open(folder / "model.safetensors", "pt") as weights:
            stored = list(weights.keys())
            prefix = _name_prefix(stored)
            names = {name.removeprefix(prefix): name for name in stored}

            def load(name: str) -> Tensor:
                tensor: Tensor = weights.get_tensor(names[name])
                return tensor

            embeddings = "embeddings."
            self._words = load(embeddings + "word_embeddings.weight")
            if device.type != "cpu":
                self._words = self._words.to(device)
            positions = load(embeddings + "position_embeddings.weight").float()
            types = load(embeddings + "token_type_embeddings.weight").float()
            self._positions = (positions[self._position_offset :] + types[0]).to(device)
            self.longest = len(self._positions)
            self._norm = self._layer_norm(load, embeddings + "LayerNorm")
            self._layers = [
                _Layer(load, f"encoder.layer.{place}.", self.heads, self.epsilon, precision).to(device).eval()
                for place in range(int(config["num_hidden_layers"]))
            ]

    def _layer_norm(self, load: Callable[[str], Tensor], name: str) -> tuple[Tensor, Tensor]:
        return load(f"{name}.weight").float().to(self.device), load(f"{name}.bias").float().to(self.device)

    @property
    def depth(self) -> int:
        """Number of layers."""
        return len(self._layers)

    def with_layers(self, tensors: Mapping[str, Tensor]) -> PackedBert:
        """This encoder stack with other weights in some layers; what is not replaced is shared.

        Args:
            tensors: whole layers, under the names of ``transformers.BertModel``.
        """
        changed = copy.copy(self)
        changed._layers = list(self._layers)
        for place in range(self.depth):
            prefix = f"encoder.layer.{place}."
            if any(name.startswith(prefix) for name in tensors):
                layer = _Layer(tensors.__getitem__, prefix, self.heads, self.epsilon, self._precision)
                changed._layers[place] = layer.to(self.device).eval()
        return changed

    @property
    def is_plain(self) -> bool:
        """Whether there are no adapters in it."""
        return all(layer.adapter is None for layer in self._layers)

    def with_adapters(self, adapters: Sequence[nn.Module | None]) -> PackedBert:
        """This encoder stack with an adapter in each layer; the weights are shared.

        Args:
            adapters: for each layer a module that maps what the layer would give (``rows × hidden``
                float32) to what is added before its last normalisation: with ``s`` the sum of the
                feed-forward output and its input, the layer gives ``LN(adapter(LN(s)) + s)``. None leaves
                a layer as it is.
        """
        changed = copy.copy(self)
        changed._layers = [
            layer.with_adapter(adapter) for layer, adapter in zip(self._layers, adapters, strict=True)
        ]
        return changed

    def stored(self, layer: int) -> dict[str, Tensor]:
        """The weights of one layer as the checkpoint has them, float32, under ``BertModel``'s names."""
        from safetensors import safe_open

        with safe_open(self.folder / "model.safetensors", "pt") as weights:
            prefix = _name_prefix(weights.keys())
            wanted = f"{prefix}encoder.layer.{layer}."
            return {
                name.removeprefix(prefix): weights.get_tensor(name).float()
                for name in weights.keys()  # noqa: SIM118 (not a mapping)
                if name.startswith(wanted)
            }

    def __call__(self, ids: Tensor, layers: int | None = None) -> Tensor:
        """Token vectors of texts of one length.

        Args:
            ids: ``texts × length`` token ids.
            layers: stop after so many layers; ``None`` for all of them.

        Returns:
            ``texts × length × hidden`` float32.
        """
        texts, length = ids.shape
        words = functional.embedding(ids.to(self._words.device), self._words).float().to(self.device)
        hidden = words + self._positions[:length]
        hidden = functional.layer_norm(hidden, (self.hidden_size,), *self._norm, self.epsilon)
        hidden = hidden.reshape(texts * length, self.hidden_size)
        for layer in self._layers[:layers]:
            hidden = layer(hidden, texts)
        return hidden.reshape(texts, length, self.hidden_size)


class _Layer(nn.Module):
    """One post-norm transformer block over ``texts · length`` stacked rows."""

    def __init__(
        self, load: Callable[[str], Tensor], prefix: str, heads: int, epsilon: float, precision: str
    ) -> None:
        super().__init__()
        self._heads = heads
        self._epsilon = epsilon
        self.adapter: nn.Module | None = None

        def linear(*parts: str) -> nn.Module:
            weight = torch.cat([load(f"{prefix}{part}.weight") for part in parts]).float()
            bias = torch.cat([load(f"{prefix}{part}.bias") for part in parts]).float()
            return make_linear(weight, bias, precision)

        attention = "attention.self."
        self.attend = linear(attention + "query", attention + "key", attention + "value")
        self.mix = linear("attention.output.dense")
        self.widen = linear("intermediate.dense")
        self.narrow = linear("output.dense")
        for name, part in (("first", "attention.output.LayerNorm"), ("second", "output.LayerNorm")):
            self.register_buffer(f"{name}_weight", load(f"{prefix}{part}.weight").float(), persistent=False)
            self.register_buffer(f"{name}_bias", load(f"{prefix}{part}.bias").float(), persistent=False)

    def with_adapter(self, adapter: nn.Module | None) -> _Layer:
        changed = copy.copy(self)
        # A copied module shares its table of parts, into which the adapter would go.
        changed._modules = dict(self._modules)
        changed.adapter = adapter
        return changed

    def forward(self, hidden: Tensor, texts: int) -> Tensor:
        mixed = self.mix(self._attention(self.attend(hidden), texts))
        hidden = self._normalise(hidden + mixed, "first")
        narrowed = self.narrow(functional.gelu(self.widen(hidden)))
        total = hidden + narrowed
        if self.adapter is not None:
            total = total + self.adapter(self._normalise(total, "second"))
        return self._normalise(total, "second")

    def _attention(self, projected: Tensor, texts: int) -> Tensor:
        """Plain attention; for a dozen tokens it is faster than the fused kernel.

        Keys are filled up to whole vector registers, behind a mask: softmax is several times slower
        on rows that end within one.
        """
        rows, width = projected.shape
        length, size = rows // texts, width // (3 * self._heads)
        parts = projected.view(texts, length, 3, self._heads, size).permute(2, 0, 3, 1, 4)
        padded = -length % _LANES + length
        stacked = projected.new_zeros(3, texts, self._heads, padded, size)
        stacked[:, :, :, :length] = parts
        query, key, value = stacked
        mask = torch.zeros(padded, device=projected.device)
        mask[length:] = -torch.inf
        products = torch.matmul(query[:, :, :length], key.transpose(-1, -2)).float()
        weights = torch.softmax(torch.add(mask, products, alpha=size**-0.5), -1).to(value.dtype)
        return torch.matmul(weights, value).transpose(1, 2).reshape(rows, self._heads * size)

    def _normalise(self, rows: Tensor, name: str) -> Tensor:
        weight, bias = self.get_buffer(f"{name}_weight"), self.get_buffer(f"{name}_bias")
        return functional.layer_norm(rows, rows.shape[-1:], weight, bias, self._epsilon)


def is_packable(folder: Path) -> bool:
    """Whether :class:`PackedBert` can run this checkpoint exactly."""
    from safetensors import SafetensorError, safe_open

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        with safe_open(folder / "model.safetensors", "pt") as weights:
            names = set(weights.keys())
    except (OSError, ValueError, SafetensorError):
        return False
    prefix = _name_prefix(names)
    last = int(config.get("num_hidden_layers", 0)) - 1
    expected = ("embeddings.LayerNorm.weight", f"encoder.layer.{last}.output.LayerNorm.weight")
    return (
        config.get("model_type") in MODEL_TYPES
        and config.get("hidden_act", "gelu") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder", False)
        and all(prefix + name in names for name in expected)
    )


def _name_prefix(names: Iterable[str]) -> str:
    """What stands before ``embeddings.`` in this checkpoint's tensor names, such as ``bert.``."""
    anchor = "embeddings.word_embeddings.weight"
    return next((name.removesuffix(anchor) for name in names if name.endswith(anchor)), "")
