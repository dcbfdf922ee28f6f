"""What an encoder has kept of text in general: its loss on held-out texts, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from kgalign.adapters.evaluation.named_entities import distinct_vectors
from kgalign.encode import TextEncoder

# Between these the best temperature is looked for.
_TEMPERATURES = (0.002, 1.0)


@dataclass(frozen=True)
class ContrastiveLoss:
    """How well an encoder tells a text's partner from the other texts of a batch.

    Attributes:
        language: the pairs' language.
        loss: mean InfoNCE, in nats; the logarithm of the batch's size where the vectors say nothing.
        pairs: number of pairs measured.
    """

    language: str
    loss: float
    pairs: int


@dataclass(frozen=True)
class Retention:
    """The loss of two encoders on the same batches of one language.

    Attributes:
        language: the language; ``all`` for every pair together.
        before: the first encoder's loss.
        after: the second encoder's loss.
        pairs: number of pairs measured.
    """

    language: str
    before: float
    after: float
    pairs: int

    @property
    def rise(self) -> float:
        """The loss's rise as a share of what it was: .02 is 2% worse, a negative number is better."""
        return self.after / self.before - 1


def contrastive_losses(
    encoder: TextEncoder,
    pairs: pl.DataFrame,
    batch: int = 128,
    temperature: float | None = None,
    seed: int = 0,
) -> list[ContrastiveLoss]:
    """InfoNCE with in-batch negatives (van den Oord et al. 2018), both ways, for each language.

    The pairs of a language are shuffled by *seed* and cut into batches of one size, so that two encoders
    are asked the very same questions; what is left over is not measured. A language with fewer pairs
    than a batch makes one batch of what it has; one with a single pair is left out.

    Args:
        encoder: gives the vectors, whose cosine is divided by *temperature*.
        pairs: ``language``, ``first``, ``second`` (see
            :func:`~kgalign.adapters.evaluation.held_out_text.text_pairs`).
        batch: number of pairs in a batch.
        temperature: of the softmax over a batch; None for the one at which this encoder's loss over all
            pairs is the least. Encoders spread their cosines differently wide, and at a given temperature
            the loss would tell that more than which texts are told apart.
        seed: decides which pairs meet in a batch.

    Returns:
        A loss per language, sorted by language.
    """
    chosen = _batches(pairs, batch, seed)
    if chosen.height == 0:
        return []
    vectors = distinct_vectors(encoder, [*chosen["first"], *chosen["second"]])
    first, second = vectors[: chosen.height], vectors[chosen.height :]
    bounds = np.flatnonzero(np.diff(chosen["batch"].to_numpy())) + 1
    parts = np.split(np.arange(chosen.height), bounds)
    cosines = [first[rows].astype(np.float64) @ second[rows].astype(np.float64).T for rows in parts]
    chilled = _best_temperature(cosines) if temperature is None else temperature
    losses = np.concatenate([_symmetric_losses(part / chilled) for part in cosines])
    found = []
    for language in chosen["language"].unique().sort():
        of_language = losses[(chosen["language"] == language).to_numpy()]
        found.append(ContrastiveLoss(language, float(of_language.mean()), len(of_language)))
    return found


def retention(before: Sequence[ContrastiveLoss], after: Sequence[ContrastiveLoss]) -> list[Retention]:
    """Compare two encoders' losses on the same pairs.

    Returns:
        A row per language and a last one, ``all``, of the mean over all pairs.

    Raises:
        ValueError: if the two were not measured on the same languages and numbers of pairs.
    """
    rows = []
    for old, new in zip(before, after, strict=True):
        if (old.language, old.pairs) != (new.language, new.pairs):
            raise ValueError("the losses were not measured on the same pairs")
        rows.append(Retention(old.language, old.loss, new.loss, old.pairs))
    count = sum(row.pairs for row in rows)
    if count:
        before_all = sum(row.before * row.pairs for row in rows) / count
        after_all = sum(row.after * row.pairs for row in rows) / count
        rows.append(Retention("all", before_all, after_all, count))
    return rows


def _batches(pairs: pl.DataFrame, batch: int, seed: int) -> pl.DataFrame:
    """The pairs to measure, language by language, with the number of their ``batch``."""
    parts = []
    number = 0
    for _, rows in pairs.sort("language", maintain_order=True).group_by("language", maintain_order=True):
        size = min(batch, rows.height)
        if size < 2:
            continue
        kept = rows.height // size * size
        order = np.random.default_rng(seed).permutation(rows.height)[:kept]
        parts.append(rows[order].with_columns(batch=pl.Series(number + np.arange(kept) // size)))
        number += kept // size
    return pl.concat(parts) if parts else pairs.clear().with_columns(batch=pl.lit(0, pl.Int64))


def _best_temperature(cosines: Sequence[NDArray[np.float64]]) -> float:
    def loss(logarithm: float) -> float:
        return float(sum(_symmetric_losses(part / np.exp(logarithm)).sum() for part in cosines))

    return float(np.exp(minimize_scalar(loss, bounds=np.log(_TEMPERATURES), method="bounded").x))


def _symmetric_losses(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    own = np.diagonal(logits)
    mean: NDArray[np.float64] = (logsumexp(logits, axis=1) + logsumexp(logits, axis=0)) / 2 - own
    return mean
