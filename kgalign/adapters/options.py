"""How adapters are trained."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from kgalign.adapters.objectives import ObjectiveName
from kgalign.adapters.objectives.base import SamplingOptions

Method = Literal["bottleneck", "lora"]


class AdaptOptions(SamplingOptions):
    """How :func:`kgalign.adapters.training.train` trains; what is not said here is in the base classes.

    Attributes:
        base: the language model, by name or path.
        method: ``bottleneck`` adapters, or ``lora``.
        untold: share of each language's facts that are not told in that language, but in others; asking
            for them later shows what goes over from language to language.
        objectives: what the one adapter learns, batch after batch in turn.
        languages: only these languages are learnt; all if there are none.
        reduction: the model's width divided by that of the bottleneck.
        rank: of LoRA's matrices.
        layers: adapters stand only in so many of the upper layers; None for all.
        steps: updates of the weights.
        batch: pairs in a batch; None for the objective's own.
        accumulate: batches before each update.
        rate: highest learning rate of AdamW; it rises over the warm-up and falls as a cosine.
        warm_up: share of the steps in which the rate rises.
        weight_decay: of AdamW.
        temperature: similarities are divided by it in the loss.
        symmetric: whether answers look for their questions, too.
        mask_other_answers: whether a right answer in the batch is no negative.
        padded_pooling: average over padding, as published; slower, and never better.
        checkpoint_every: updates between two checkpoints.
        seed: decides weights to begin with, batches, and what is held out.
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: of the frozen model: ``auto``, ``float32`` or ``bfloat16``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str = "e5"
    method: Method = "bottleneck"
    untold: float = Field(default=0.0, ge=0, lt=1)
    objectives: tuple[ObjectiveName, ...] = Field(default=("ep",), min_length=1)
    languages: tuple[str, ...] = ()
    reduction: int = Field(default=16, ge=1)
    rank: int = Field(default=8, ge=1)
    layers: int | None = Field(default=None, ge=1)
    steps: int = Field(default=600, ge=1)
    batch: int | None = Field(default=None, ge=2)
    accumulate: int = Field(default=1, ge=1)
    rate: float = Field(default=1e-3, gt=0)
    warm_up: float = Field(default=0.1, ge=0, le=1)
    weight_decay: float = Field(default=1e-4, ge=0)
    temperature: float = Field(default=0.05, gt=0)
    symmetric: bool = True
    mask_other_answers: bool = True
    padded_pooling: bool = False
    checkpoint_every: int = Field(default=20, ge=1)
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"


def as_published(options: AdaptOptions) -> AdaptOptions:
    """*options* with the choices of Hou et al. (2022), as their code makes them."""
    return options.model_copy(
        update={
            "reduction": 16,
            "layers": None,
            "rate": 1e-4,
            "weight_decay": 1e-4,
            "warm_up": 0.0,
            "temperature": 0.1,
            "symmetric": False,
            "mask_other_answers": False,
            "padded_pooling": True,
            "smoothing": 1.0,
            "aliases": 0.0,
            "same_language": 0.0,
            "batch": None,
        }
    )
