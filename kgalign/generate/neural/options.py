"""How a generation model is built and trained."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kgalign.generate.neural.linearise import Form
from kgalign.generate.neural.targets import Teach

Method = Literal["full", "lora", "bottleneck"]
SCRATCH = "scratch"


class NeuralOptions(BaseModel):
    """Options of :class:`kgalign.generate.neural.session.Training`.

    Attributes:
        base: ``scratch``, a pretrained mT5 by name or path, or the folder of a generation model that learns
            on.
        form: of input and output: ``delexicalised``, or ``plain`` as XF2T has it.
        names: whether names follow placeholders in the delexicalised input.
        teach: which texts, and which of their facts; see :func:`kgalign.generate.neural.targets.pairs`.
        spell: learn to spell names of other scripts, too (delexicalised form only).
        fact_aware: add an embedding of each token's role, and of its fact's number, in the encoder.
        e5: start the word embeddings of ``scratch`` from those of the embedded multilingual-e5-small.
        vocabulary: pieces of the vocabulary of ``scratch``, at most.
        width: of the states of ``scratch``.
        inner: width within its feed-forward parts.
        layers: of its encoder, and of its decoder.
        heads: of its attention.
        dropout: of the states, in training.
        method: train everything, or low-rank changes, or bottleneck adapters, with the marks' embeddings.
        reduction: the model's width divided by that of the bottleneck.
        rank: of LoRA's matrices.
        epochs: how often the data is gone through.
        batch: tokens in a batch, input and output, with padding.
        accumulate: batches before each update.
        rate: highest learning rate of AdamW; it rises over the warm-up and falls as a cosine.
        warm_up: share of the steps in which the rate rises.
        weight_decay: of AdamW.
        label_smoothing: share of the probability that goes to all tokens alike.
        smoothing: languages are drawn as often as their number of texts to this power.
        most_facts: examples with more facts are left out, and longer inputs are written in parts.
        most_tokens: longer inputs or texts are left out.
        evaluate_every: updates between two looks at the development data.
        dev_texts: facts of the development data that are written for each look, at most.
        patience: looks without a better chrF++ after which the training ends.
        checkpoint_every: updates between two checkpoints.
        seed: decides the weights to begin with, the batches and dropout.
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: of the computations: ``auto``, ``float32`` or ``bfloat16``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str = SCRATCH
    form: Form = "delexicalised"
    names: bool = True
    teach: Teach = "complete"
    spell: bool = True
    fact_aware: bool = False
    e5: bool = False
    vocabulary: int = Field(default=8000, ge=300)
    width: int = Field(default=256, ge=8)
    inner: int = Field(default=768, ge=8)
    layers: int = Field(default=4, ge=1)
    heads: int = Field(default=4, ge=1)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    method: Method = "full"
    reduction: int = Field(default=16, ge=1)
    rank: int = Field(default=8, ge=1)
    epochs: int = Field(default=15, ge=1)
    batch: int = Field(default=4000, ge=1)
    accumulate: int = Field(default=1, ge=1)
    rate: float = Field(default=2e-3, gt=0)
    warm_up: float = Field(default=0.05, ge=0, le=1)
    weight_decay: float = Field(default=0.01, ge=0)
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    smoothing: float = Field(default=0.7, ge=0, le=1)
    most_facts: int = Field(default=8, ge=1, le=20)
    most_tokens: int = Field(default=320, ge=8)
    evaluate_every: int = Field(default=400, ge=1)
    dev_texts: int = Field(default=200, ge=1)
    patience: int = Field(default=8, ge=1)
    checkpoint_every: int = Field(default=100, ge=1)
    seed: int = 0
    device: str = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"


class SelfTrainingOptions(BaseModel):
    """Options of :func:`kgalign.generate.neural.self_training.self_train`.

    Attributes:
        texts: written for each set of facts; the best one is learnt.
        most: sets of facts of a language, at most.
        held_out: sets of facts of a language that aren't learnt from but judge the model before and after, at
            most; one in ten.
        replay: texts of people for each text of the model's own.
        epochs: how often both are gone through.
        rate: highest learning rate.
        batch: tokens in a batch.
        seed: of the choice and the batches.
        device: ``auto``, ``cpu`` or ``cuda``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    texts: int = Field(default=4, ge=1)
    most: int = Field(default=3000, ge=1)
    held_out: int = Field(default=200, ge=0)
    replay: float = Field(default=1.0, ge=0)
    epochs: int = Field(default=1, ge=1)
    rate: float = Field(default=3e-4, gt=0)
    batch: int = Field(default=3000, ge=1)
    seed: int = 0
    device: str = "auto"
