"""The masked-token loss of a language model on held-out texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kgalign.errors import InputError


@dataclass(frozen=True)
class MaskedLoss:
    """How well a masked language model guesses hidden tokens.

    Attributes:
        loss: mean cross-entropy of the hidden tokens, in nats; 0 where nothing was hidden.
        tokens: how many were hidden.
    """

    loss: float
    tokens: int


def masked_loss(
    model: Any,
    tokenizer: Any,
    texts: Sequence[str],
    *,
    share: float = 0.15,
    seed: int = 0,
    batch: int = 32,
    longest: int = 128,
) -> MaskedLoss:
    """Hide tokens of *texts* and let *model* guess them (Devlin et al. 2019).

    Which tokens are hidden follows from *seed*, the texts and the tokenizer alone, and each of them
    becomes the mask token, so that two models with the same tokenizer are asked the very same.

    Args:
        model: a ``transformers`` model for masked language modelling; measured in evaluation mode,
            and left in the mode it was in.
        tokenizer: its tokenizer.
        texts: held-out texts.
        share: which part of a text's tokens is hidden, one at least; special tokens never are.
        seed: decides which.
        batch: number of texts at a time; on it only the time depends.
        longest: texts are cut after so many tokens.

    Raises:
        InputError: if the tokenizer has no mask token.
    """
    if tokenizer.mask_token_id is None:
        raise InputError(
            "the model has no mask token", remedy="measure its contrastive loss, or name a masked model"
        )
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    for ids, attention, hidden in _hidden(tokenizer, texts, share, seed, batch, longest):
        shown = ids.masked_fill(hidden, tokenizer.mask_token_id)
        with torch.inference_mode():
            logits = model(
                input_ids=shown.to(model.device), attention_mask=attention.to(model.device)
            ).logits[hidden.to(model.device)]
            losses = torch.nn.functional.cross_entropy(
                logits.double(), ids[hidden].to(model.device), reduction="sum"
            )
        total += float(losses)
        count += int(hidden.sum())
    model.train(was_training)
    return MaskedLoss(total / count if count else 0.0, count)


def _hidden(
    tokenizer: Any, texts: Sequence[str], share: float, seed: int, batch: int, longest: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Token ids, attention mask and the tokens to hide, each texts × length, a batch at a time."""
    generator = np.random.default_rng(seed)
    for start in range(0, len(texts), batch):
        tokens = tokenizer(
            list(texts[start : start + batch]),
            padding=True,
            truncation=True,
            max_length=longest,
            return_special_tokens_mask=True,
            return_tensors="pt",
        )
        ordinary = (tokens["special_tokens_mask"] == 0) & (tokens["attention_mask"] == 1)
        hidden = torch.zeros_like(ordinary)
        for row, places in enumerate(ordinary.numpy()):
            # One draw per text, so that neither padding nor the batch's size moves the others.
            found = np.flatnonzero(places)
            chosen = generator.permutation(len(found))[: max(1, round(share * len(found)))]
            hidden[row, found[chosen]] = True
        yield tokens["input_ids"], tokens["attention_mask"], hidden
