"""Sentence vectors from Hugging Face encoders, fast on a CPU and the same in any company.

A text's vector depends on the text alone, to the bit: texts run in groups of one token length
without padding, each matrix has rows enough for its usual kernel, every kernel runs on one thread,
and 8-bit inputs are scaled row by row. The result is rounded to float16 values as a second guard, and
so that a vector from the cache equals a fresh one.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from kgalign.encode.auto_model import AutoEncoderModel
from kgalign.encode.base import TextEncoder
from kgalign.encode.checkpoint import POOLINGS, Checkpoint
from kgalign.encode.linear import LEAST_ROWS, resolve_precision
from kgalign.encode.packed_bert import PackedBert, is_packable
from kgalign.encode.token_lengths import CPU_TOKENS, CUDA_TOKENS, groups_of_equal_length, run_groups
from kgalign.encode.token_reader import TokenReader
from kgalign.errors import InputError

_MOST_TOKENS = 512


class TokenVectors(Protocol):
    """A loaded encoder stack."""

    hidden_size: int
    longest: int

    def __call__(self, ids: Tensor) -> Tensor:
        """Token vectors (``texts × length × hidden``) of ``texts × length`` ids."""
        ...


class TransformerEncoder(TextEncoder):
    """Pooled and normalised token vectors of a transformer.

    Args:
        checkpoint: the model folder.
        device: ``auto`` (a GPU if there is one), ``cpu``, ``cuda``, …
        precision: ``auto``, ``float32``, ``bfloat16`` or ``int8``; ``auto`` is bfloat16 where the
            hardware multiplies it natively and float32 elsewhere.
        prefix: what stands before every text; ``None`` for the model's own, such as E5's ``query: ``.
        pooling: ``mean`` or ``cls``; ``None`` for the model's own.

    Texts longer than 512 tokens, or than the model allows, are cut. White space around a text doesn't
    count, and a text of nothing else has the zero vector.

    Raises:
        InputError: for an unknown option, or a checkpoint that can't be loaded.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        device: str = "auto",
        precision: str = "auto",
        prefix: str | None = None,
        pooling: str | None = None,
    ) -> None:
        self._device = resolve_device(device)
        self.precision = resolve_precision(precision, self._device)
        self.prefix = checkpoint.prefix if prefix is None else prefix
        self.pooling = pooling or checkpoint.pooling
        if self.pooling not in POOLINGS:
            raise InputError(f"{pooling!r} is not a pooling", remedy="choose mean or cls")
        folder = checkpoint.transformer
        self._model: TokenVectors = (PackedBert if is_packable(folder) else AutoEncoderModel)(
            folder, self.precision, self._device
        )
        self._longest = min(self._model.longest, checkpoint.longest or _MOST_TOKENS, _MOST_TOKENS)
        self._read = TokenReader(folder, self.prefix, self._longest)
        self._identity = "|".join(
            (
                f"{checkpoint.name}:{checkpoint.fingerprint()}",
                f"{self.pooling} {self.prefix!r} {self._longest}",
                f"{self.precision} {_hardware(self._device)} torch {torch.__version__}",
            )
        )

    @property
    def identity(self) -> str:
        """Name and hash of the checkpoint, options, precision, and what chooses PyTorch's kernels."""
        return self._identity

    @property
    def dimension(self) -> int:
        """The model's hidden size."""
        return self._model.hidden_size

    @property
    def stack(self) -> PackedBert | None:
        """The layers, where they are of the kind that can be trained further; else ``None``."""
        return self._model if isinstance(self._model, PackedBert) and self._model.is_plain else None

    def with_model(self, model: TokenVectors, mark: str) -> TransformerEncoder:
        """This encoder with *model* in place of its layers; tokenizer, prefix and pooling stay.

        Args:
            model: gives the token vectors.
            mark: tells it from any other; it becomes part of the identity.
        """
        changed = copy.copy(self)
        changed._model = model
        changed._identity = f"{self._identity}|{mark}"
        return changed

    def with_layers(self, tensors: Mapping[str, Tensor], mark: str) -> TransformerEncoder:
        """This encoder with other weights in some layers (see :meth:`PackedBert.with_layers`).

        Args:
            tensors: the weights.
            mark: tells these weights from any others; it becomes part of the identity.

        Raises:
            TypeError: if :attr:`stack` is ``None``.
        """
        if self.stack is None:
            raise TypeError("only BERT-shaped layers can be replaced")
        return self.with_model(self.stack.with_layers(tensors), mark)

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """What the layers read for each text, prefix and special tokens included; ``[]`` for a blank one."""
        return self._read(texts)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode *texts*; see :meth:`TextEncoder.encode`. The values are float16 values."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        read = self.token_ids(texts)
        filled = [place for place, tokens in enumerate(read) if tokens]
        if not filled:
            return vectors
        ids = [read[place] for place in filled]

        def encode_group(group: list[int]) -> None:
            with torch.inference_mode():
                pooled = self._encode_equal([ids[member] for member in group])
            vectors[[filled[member] for member in group]] = pooled.half().float().cpu().numpy()

        tokens = CPU_TOKENS if self._device.type == "cpu" else CUDA_TOKENS
        groups = list(groups_of_equal_length([len(text) for text in ids], tokens))
        run_groups(groups, encode_group, self._device)
        return vectors

    def _encode_equal(self, ids: list[list[int]]) -> Tensor:
        """Unit vectors of texts of one length; texts are repeated to fill the matrix where it is small."""
        length = len(ids[0])
        if self._device.type == "cpu":
            least = math.ceil(LEAST_ROWS / length)
        else:
            least = max(1, CUDA_TOKENS // length)
        stacked = torch.tensor(ids + ids[:1] * max(0, least - len(ids)), device=self._device)
        hidden = self._model(stacked)
        pooled = hidden[:, 0] if self.pooling == "cls" else hidden.mean(1)
        return functional.normalize(pooled[: len(ids)])


def resolve_device(device: str) -> torch.device:
    """The device to compute on; ``auto`` is a GPU if there is one.

    Raises:
        InputError: if there is no such device.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"there is no device {device!r} here", remedy="choose auto or cpu") from error
    return chosen


def _hardware(device: torch.device) -> str:
    if device.type == "cpu":
        return f"cpu {torch.backends.cpu.get_cpu_capability()}"
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)
