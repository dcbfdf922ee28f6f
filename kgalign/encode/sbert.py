"""Models that only the library sentence-transformers can run (an optional extra)."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kgalign.encode.base import TextEncoder
from kgalign.encode.checkpoint import Checkpoint
from kgalign.encode.linear import replace_linears, resolve_precision
from kgalign.encode.token_lengths import CPU_TOKENS, groups_of_equal_length
from kgalign.encode.transformer import resolve_device
from kgalign.errors import InputError

_MOST_TOKENS = 512


class SentenceTransformersEncoder(TextEncoder):
    """A folder saved by sentence-transformers, with whatever modules it has.

    Args:
        checkpoint: the model folder.
        device: as for :class:`~kgalign.encode.transformer.TransformerEncoder`.
        precision: likewise.
        prefix: what stands before every text; ``None`` for the model's own default prompt.

    Texts of one length in tokens run together, as there. The result is rounded to float16 values.

    Raises:
        InputError: if sentence-transformers isn't installed or can't load the model.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        device: str = "auto",
        precision: str = "auto",
        prefix: str | None = None,
    ) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise InputError(
                f"the model {checkpoint.name!r} needs the library sentence-transformers",
                remedy="run: pip install kgalign[sentence-transformers]",
            ) from error
        chosen = resolve_device(device)
        self.precision = resolve_precision(precision, chosen)
        self.prefix = checkpoint.prefix if prefix is None else prefix
        try:
            self._model: Any = SentenceTransformer(
                str(checkpoint.folder),
                device=str(chosen),
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True, "dtype": torch.float32},
            )
        except (OSError, ValueError, KeyError, ImportError, TypeError) as error:
            raise InputError("can't be loaded by sentence-transformers", path=checkpoint.folder) from error
        if self.precision != "float32":
            replace_linears(self._model, self.precision)
        version = importlib.metadata.version("sentence-transformers")
        self._identity = "|".join(
            (
                f"{checkpoint.name}:{checkpoint.fingerprint()}",
                f"{self.prefix!r} sentence-transformers {version}",
                f"{self.precision} {chosen} torch {torch.__version__}",
            )
        )
        self._dimension = int(self._model.encode(["x"]).shape[1])

    @property
    def identity(self) -> str:
        """Name and hash of the model, options, precision and library versions."""
        return self._identity

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode *texts*; see :meth:`TextEncoder.encode`. The values are float16 values."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        cleaned = [text[: 32 * _MOST_TOKENS].strip().encode("utf-8", "replace").decode() for text in texts]
        filled = [place for place, text in enumerate(cleaned) if text]
        if not filled:
            return vectors
        prefixed = [self.prefix + cleaned[place] for place in filled]
        for group in groups_of_equal_length(self._lengths(prefixed), CPU_TOKENS):
            # An empty prompt keeps the model from adding its default one a second time.
            rows = self._model.encode(
                [prefixed[member] for member in group],
                prompt="",
                batch_size=len(group),
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            vectors[[filled[member] for member in group]] = rows.astype(np.float16)
        return vectors

    def _lengths(self, texts: list[str]) -> list[int]:
        """Tokens in each text where the model has a transformer tokenizer, characters elsewhere."""
        tokenizer = getattr(self._model, "tokenizer", None)
        if not callable(tokenizer):
            return [len(text) for text in texts]
        return [len(ids) for ids in tokenizer(texts, truncation=True, max_length=_MOST_TOKENS)["input_ids"]]
