"""Any Hugging Face encoder that :mod:`kgalign.encode.packed_bert` doesn't know, through transformers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kgalign.encode.linear import replace_linears
from kgalign.errors import InputError

# These number positions from the padding id on, so that their table is longer than a text may be.
_OFFSET_POSITIONS = {
    "camembert",
    "data2vec-text",
    "longformer",
    "mpnet",
    "roberta",
    "xlm-roberta",
    "xlm-roberta-xl",
}


class AutoEncoderModel:
    """A checkpoint loaded by ``AutoModel``; of an encoder–decoder only the encoder is kept.

    Only safetensors weights are read and no code from the checkpoint is run.

    Args:
        folder: the checkpoint.
        precision: one of :data:`kgalign.encode.linear.PRECISIONS`, for the linear layers.
        device: where to compute.

    Raises:
        InputError: if transformers can't load it.
    """

    def __init__(self, folder: Path, precision: str, device: torch.device) -> None:
        model = load_transformer(folder)
        if model.config.is_encoder_decoder:
            model = model.get_encoder()
        if precision != "float32":
            replace_linears(model, precision)
        self._model: Any = model.to(device).eval()
        self.device = device
        self.hidden_size = int(model.config.hidden_size)
        self.longest = _longest(model.config)

    def __call__(self, ids: Tensor) -> Tensor:
        """Token vectors (``texts × length × hidden`` float32) of ``texts × length`` token ids."""
        ids = ids.to(self.device)
        hidden: Tensor = self._model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        return hidden.float()


def load_transformer(folder: Path, kind: str = "AutoModel") -> Any:
    """A checkpoint as transformers loads it, in float32.

    Args:
        folder: the checkpoint.
        kind: the class of transformers that loads it.

    Raises:
        InputError: if transformers can't load it.
    """
    import transformers

    try:
        return getattr(transformers, kind).from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise InputError(f"can't be loaded as a transformer ({_first_line(error)})", path=folder) from error


class AutoTokenIds:
    """Token ids by ``AutoTokenizer``, for checkpoints without a ``tokenizer.json``.

    Args:
        folder: the checkpoint.
        longest: where to cut.

    Raises:
        InputError: if transformers can't load it.
    """

    def __init__(self, folder: Path, longest: int) -> None:
        from transformers import AutoTokenizer

        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise InputError(f"has no usable tokenizer ({_first_line(error)})", path=folder) from error
        self._longest = longest

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text, special tokens included."""
        ids: list[list[int]] = self._tokenizer(list(texts), truncation=True, max_length=self._longest)[
            "input_ids"
        ]
        return ids


def _longest(config: Any) -> int:
    positions = int(getattr(config, "max_position_embeddings", None) or 512)
    offset = int(config.pad_token_id or 0) + 1 if config.model_type in _OFFSET_POSITIONS else 0
    return positions - offset


def _first_line(error: BaseException) -> str:
    return (
        str(error).strip().splitlines()[0][:200].rstrip(".") if str(error).strip() else type(error).__name__
    )
