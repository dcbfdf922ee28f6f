"""The frozen language model that adapters are trained on, and are loaded onto again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from kgalign.encode import open_checkpoint
from kgalign.encode.auto_model import load_transformer
from kgalign.encode.checkpoint import Checkpoint
from kgalign.encode.token_reader import TokenReader
from kgalign.encode.transformer import TransformerEncoder, resolve_device

_MOST_TOKENS = 512
_ENCODER_DECODERS = {"t5", "mt5"}


@dataclass(frozen=True)
class BaseModel:
    """A checkpoint and where to run it; nothing is loaded until it is asked for.

    Attributes:
        given: the name or path it was opened by.
        checkpoint: its folder.
        device: where to compute.
        precision: of the encoder's matrices (see :class:`TransformerEncoder`).
    """

    given: str
    checkpoint: Checkpoint
    device: torch.device
    precision: str = "auto"

    @classmethod
    def open(cls, name: str = "e5", *, device: str = "auto", precision: str = "auto") -> BaseModel:
        """Open a model by name or path, as ``--encoder`` takes them.

        Raises:
            InputError: if there is no such model or no such device.
        """
        return cls(name, open_checkpoint(name), resolve_device(device), precision)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of every file that can change what the model gives."""
        return self.checkpoint.fingerprint()

    @cached_property
    def config(self) -> dict[str, Any]:
        """What ``config.json`` says."""
        found: dict[str, Any] = json.loads(
            (self.checkpoint.transformer / "config.json").read_text(encoding="utf-8")
        )
        return found

    @property
    def kind(self) -> str:
        """The architecture, such as ``bert``."""
        return str(self.config.get("model_type"))

    @property
    def hidden(self) -> int:
        """Width of the states between the layers."""
        return int(self.config.get("hidden_size") or self.config["d_model"])

    @property
    def translates(self) -> bool:
        """Whether it has a decoder that can be taught."""
        return self.kind in _ENCODER_DECODERS

    def encoder(self) -> TransformerEncoder:
        """The model as an encoder of texts."""
        return TransformerEncoder(self.checkpoint, device=str(self.device), precision=self.precision)

    def token_reader(self, prefix: str | None = None) -> TokenReader:
        """What gives token ids; *prefix* stands before every text, the model's own if it is None."""
        longest = min(self.checkpoint.longest or _MOST_TOKENS, _MOST_TOKENS)
        own = self.checkpoint.prefix if prefix is None else prefix
        return TokenReader(self.checkpoint.transformer, own, longest)

    def transformer(self) -> Any:
        """The whole model as transformers loads it, frozen, in float32; with its decoder if it has one.

        Raises:
            InputError: if transformers can't load it.
        """
        kind = "AutoModelForSeq2SeqLM" if self.translates else "AutoModel"
        model = load_transformer(self.checkpoint.transformer, kind)
        return model.requires_grad_(False).to(self.device).eval()
