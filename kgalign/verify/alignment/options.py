"""How the alignment function is trained."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Method = Literal["layers", "adapters"]


class AlignmentOptions(BaseModel):
    """Options of :func:`kgalign.verify.alignment.training.train_alignment`.

    Attributes:
        base: the multilingual language model, by name or path; it has to be BERT-shaped.
        method: ``layers`` trains the base's layers, ``adapters`` only bottlenecks between them.
        frozen: share of the layers, from the lowest on, that ``layers`` leaves as they are.
        width: of the bottlenecks.
        steps: updates of the weights.
        tokens: in a batch, padding included.
        rate: highest learning rate of the layers or adapters; it rises over the warm-up and falls as a
            cosine; None for what suits the method.
        head_rate: likewise, of what reads the last layer.
        warm_up: share of the steps in which the rate rises.
        weight_decay: of AdamW.
        weights: of the losses for facts stated, words wrong, the text as a whole and its quality.
        lessons: texts of a language, at most.
        held_out: texts of a language that are not taught but judge and calibrate it, at most.
        checkpoint_every: updates between two checkpoints.
        seed: decides weights to begin with, examples and batches.
        device: ``auto``, ``cpu`` or ``cuda``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str = "e5"
    method: Method = "layers"
    frozen: float = Field(default=1 / 3, ge=0, le=1)
    width: int = Field(default=128, ge=1)
    steps: int = Field(default=2000, ge=1)
    tokens: int = Field(default=2048, ge=1)
    rate: float | None = Field(default=None, gt=0)
    head_rate: float = Field(default=1e-3, gt=0)
    warm_up: float = Field(default=0.05, ge=0, le=1)
    weight_decay: float = Field(default=1e-2, ge=0)
    weights: tuple[float, float, float, float] = (1.0, 1.0, 0.5, 0.3)
    lessons: int = Field(default=3000, ge=1)
    held_out: int = Field(default=100, ge=0)
    checkpoint_every: int = Field(default=50, ge=1)
    seed: int = 0
    device: str = "auto"

    @property
    def highest_rate(self) -> float:
        """The layers' or adapters' highest learning rate."""
        return self.rate or {"layers": 1e-4, "adapters": 1e-3}[self.method]
