"""An mT5 to begin with: a small one of our own, or a pretrained one with the marks added."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kgalign.encode import open_checkpoint
from kgalign.encode.auto_model import load_transformer
from kgalign.errors import InputError
from kgalign.generate.neural.options import NeuralOptions
from kgalign.generate.neural.pieces import Pieces

_VOCABULARY = "spiece.model"
_PROJECTION = "lm_head.weight"


def scratch(pieces: Pieces, options: NeuralOptions) -> Any:
    """A small mT5 with fresh weights; input and output embeddings are one, as transformers ties them.

    The embeddings begin with a spread of ``width ** -0.5``: mT5 doesn't scale its output, and the usual
    spread of 1 begins with a loss of 64 and more.

    Raises:
        InputError: if the width doesn't fit the heads, or the embedded vectors.
    """
    from transformers import MT5Config, MT5ForConditionalGeneration

    if options.width % options.heads:
        raise InputError(
            f"the width {options.width} can't be divided among {options.heads} heads",
            remedy="choose other numbers with --width and --heads",
        )
    config = MT5Config(
        vocab_size=len(pieces),
        d_model=options.width,
        d_kv=options.width // options.heads,
        d_ff=options.inner,
        num_layers=options.layers,
        num_decoder_layers=options.layers,
        num_heads=options.heads,
        dropout_rate=options.dropout,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        model = MT5ForConditionalGeneration(config)
        spread = options.width**-0.5
        nn.init.normal_(model.shared.weight, std=spread)
    if options.e5:
        with torch.no_grad():
            _take_e5(model.shared.weight, pieces, spread)
    return model


def _take_e5(weight: Tensor, pieces: Pieces, spread: float) -> None:
    """Each piece's mean of the e5 vectors of its own parts, with the spread of fresh ones."""
    from safetensors import safe_open
    from tokenizers import Tokenizer

    folder = open_checkpoint("e5").transformer
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    with safe_open(folder / "model.safetensors", "pt") as stored:
        name = next(name for name in stored.keys() if name.endswith("word_embeddings.weight"))  # noqa: SIM118
        vectors = stored.get_tensor(name).float()
    if vectors.shape[1] != weight.shape[1]:
        raise InputError(
            f"the embedded vectors are {vectors.shape[1]} wide, and the model is {weight.shape[1]}",
            remedy=f"use --width {vectors.shape[1]} with --e5",
        )
    vectors = (vectors - vectors.mean(0)) / vectors.std() * spread
    for number, text in enumerate(pieces.texts()[: pieces.offset]):
        words = text.replace("▁", " ").strip()
        ids = tokenizer.encode(words, add_special_tokens=False).ids if words and words[0] != "<" else []
        if ids:
            weight[number] = vectors[ids].mean(0)


def pretrained_pieces(name: str, languages: Sequence[str]) -> Pieces:
    """The vocabulary of a pretrained mT5, with marks.

    Args:
        name: a folder, or a name on the Hugging Face hub that was downloaded before.
        languages: that there are marks for.

    Raises:
        InputError: if there is no such model, or it is no mT5.
    """
    return Pieces.read(_mt5(name) / _VOCABULARY, languages)


def pretrained(name: str, pieces: Pieces, seed: int) -> Any:
    """A pretrained mT5 with embeddings for the marks.

    Args:
        name: a folder, or a name on the Hugging Face hub that was downloaded before.
        pieces: its vocabulary, see :func:`pretrained_pieces`.
        seed: decides the marks' embeddings.

    Raises:
        InputError: if there is no such model, or it is no mT5.
    """
    folder = _mt5(name)
    model = load_transformer(folder, "MT5ForConditionalGeneration")
    projection = _projection(folder)
    if projection is not None:
        # transformers ties the two, though the published mT5 has an output layer of its own.
        model.lm_head.weight = nn.Parameter(projection)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        _widen(model, len(pieces))
    return model


def _mt5(name: str) -> Path:
    folder = open_checkpoint(name).transformer
    kind = json.loads((folder / "config.json").read_text("utf-8")).get("model_type")
    if kind != "mt5":
        raise InputError(
            f"is a model of type {kind!r}, and generation needs an mT5",
            path=folder,
            remedy="name a folder with an mT5, or use --base scratch",
        )
    return folder


def _projection(folder: Path) -> Tensor | None:
    from safetensors import safe_open

    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, "pt") as stored:
            if _PROJECTION in stored.keys():  # noqa: SIM118
                found: Tensor = stored.get_tensor(_PROJECTION).float()
                return found
    return None


def _widen(model: Any, size: int) -> None:
    """Let both embeddings hold *size* tokens; new ones begin near the mean of the others."""
    tied = is_tied(model)
    shared = _widened(model.shared.weight, size)
    model.lm_head.weight = nn.Parameter(shared if tied else _widened(model.lm_head.weight, size))
    model.shared.weight = model.lm_head.weight if tied else nn.Parameter(shared)
    for stack in (model.encoder, model.decoder):
        stack.embed_tokens.weight = model.shared.weight
    model.shared.num_embeddings = model.lm_head.out_features = model.config.vocab_size = shared.shape[0]


def _widened(weight: Tensor, size: int) -> Tensor:
    missing = size - weight.shape[0]
    if missing <= 0:
        return weight.detach().clone()
    fresh = weight.mean(0) + torch.randn(missing, weight.shape[1]) * weight.std()
    return torch.cat([weight.detach(), fresh])


def is_tied(model: Any) -> bool:
    """Whether the output layer is the word embeddings."""
    return model.lm_head.weight is model.shared.weight


def empty(config: dict[str, Any], tied: bool) -> Any:
    """A model of a configuration, with weights to be replaced."""
    from transformers import MT5Config, MT5ForConditionalGeneration

    model = MT5ForConditionalGeneration(MT5Config(**config))
    if not tied:
        model.lm_head.weight = nn.Parameter(model.lm_head.weight.detach().clone())
    return model
