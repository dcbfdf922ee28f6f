"""Encoders with adapters in them, as the aligner takes any encoder."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from kgalign.adapters.adapter_set import LoraSet
from kgalign.adapters.artefact import Artefact, read_artefact
from kgalign.adapters.backbone import ModelBackbone
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.description import is_adapter
from kgalign.encode import CachedEncoder, TextEncoder, load_encoder
from kgalign.encode.transformer import TokenVectors, TransformerEncoder


def open_encoder(
    name: str = "e5",
    *,
    device: str = "auto",
    precision: str = "auto",
    cache: bool = True,
    base: str | None = None,
) -> TextEncoder:
    """An encoder by name or path, or the folder of an adapter.

    Args:
        name: what :func:`kgalign.encode.load_encoder` takes, or an adapter's folder.
        device: ``auto``, ``cpu``, ``cuda``, …
        precision: ``auto``, ``float32``, ``bfloat16`` or ``int8``.
        cache: whether vectors are kept on the disk.
        base: where the adapter's base model lies now, if not where it was.

    Raises:
        InputError: if there is no such encoder or adapter, or the base is not the adapter's.
    """
    if not is_adapter(name):
        return load_encoder(name, device=device, precision=precision, cache=cache)
    artefact = read_artefact(name)
    model = BaseModel.open(base or artefact.description.base.given, device=device, precision=precision)
    encoder = adapted_encoder(artefact, model)
    return CachedEncoder(encoder) if cache else encoder


def adapted_encoder(artefact: Artefact, base: BaseModel) -> TransformerEncoder:
    """The encoder of *base* with an adapter in it.

    Raises:
        InputError: if the adapter belongs to another base.
    """
    artefact.check_base(base)
    plain = base.encoder()
    mark = f"adapter {artefact.description.sha256[:24]}"
    if artefact.description.kind == "lora":
        lora = LoraSet(base.transformer(), artefact.description.width, 0)
        lora.load(artefact.tensors)
        return plain.with_model(_Model(lora.model), mark)
    adapters = artefact.adapters().to(base.device)
    for weight in adapters.parameters():
        weight.requires_grad_(False)
    if plain.stack is not None:
        layers: list[nn.Module | None] = [
            adapters.modules.get(f"encoder.{layer}") for layer in range(plain.stack.depth)
        ]
        return plain.with_model(plain.stack.with_adapters(layers), mark)
    backbone = ModelBackbone(base.transformer(), base.token_reader(), plain.pooling, "float32")
    backbone.put(adapters.modules)
    return plain.with_model(_Model(backbone.model), mark)


class _Model(TokenVectors):
    """Token vectors of a transformers model; of an encoder–decoder those of the encoder."""

    def __init__(self, model: Any) -> None:
        self._model = model.get_encoder() if model.config.is_encoder_decoder else model
        self.hidden_size = int(model.config.hidden_size)
        self.longest = 512

    def __call__(self, ids: Tensor) -> Tensor:
        ids = ids.to(next(self._model.parameters()).device)
        states: Tensor = self._model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        return states.float()
