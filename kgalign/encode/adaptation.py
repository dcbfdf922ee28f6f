"""Teaching an encoder a pair of languages' naming habits from pairs of names known to mean the same.

The upper layers of a BERT-shaped encoder are trained with the contrastive loss of CLIP (Radford et al.,
2021) and SimCSE (Gao et al., 2021): each name must find its partner among those of its batch, in both
directions. The word embeddings and the lower layers stay as they are, so that their output is computed
once. A tenth of the pairs is held out; the epoch that finds most of their partners is kept, and where
none finds more than the encoder did before, nothing is changed.

The trained weights lie in the user's cache folder, named by what they were made from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn import functional

from kgalign.cache_folder import cache_folder
from kgalign.encode.base import TextEncoder
from kgalign.encode.cache import CachedEncoder
from kgalign.encode.contrastive import contrastive_loss
from kgalign.encode.distinct_texts import distinct_texts
from kgalign.encode.linear import resolve_precision
from kgalign.encode.packed_bert import PackedBert
from kgalign.encode.schedule import rate_share
from kgalign.encode.trainable_layers import LowerStates, TrainableLayers
from kgalign.encode.transformer import TransformerEncoder
from kgalign.errors import InputError, OutputError
from kgalign.files import atomic_file
from kgalign.progress import Progress, progress, say

VERSION = 2
_ADAPTED = "adapted"
_LEAST_PAIRS = 32
_WEIGHT_DECAY = 0.01
_LONGEST_GRADIENT = 1.0


class AdaptationOptions(BaseModel):
    """How :func:`adapted` trains.

    Attributes:
        layers: how many upper layers are trained (at most all of them).
        epochs: at most this many times through the pairs.
        steps: at most this many batches in all, which bounds the time.
        batch: pairs in a batch; each is a negative for the others.
        rate: the highest learning rate of AdamW; it rises over the first tenth and then falls as a cosine.
        temperature: similarities are divided by it in the loss.
        held_out: share of the pairs that decides when to stop, and is not trained on.
        pairs: at most this many pairs, chosen at random.
        tokens: longer names are cut to this many tokens, in training only.
        seed: decides the batches, and which pairs are held out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    layers: int = Field(default=4, ge=1)
    epochs: int = Field(default=3, ge=1)
    steps: int = Field(default=100, ge=1)
    batch: int = Field(default=256, ge=2)
    rate: float = Field(default=2e-4, gt=0)
    temperature: float = Field(default=0.05, gt=0)
    held_out: float = Field(default=0.1, gt=0, lt=1)
    pairs: int = Field(default=20_000, ge=2)
    tokens: int = Field(default=32, ge=4)
    seed: int = 0


@dataclass(frozen=True)
class Adaptation:
    """What came of it.

    Attributes:
        encoder: the trained encoder, cached as the given one was; the given one if training didn't help.
        before: share of the held-out names whose partner is the closest, by the given encoder.
        after: the same by the trained one.
        key: by which :func:`restored` finds the trained one again.
    """

    encoder: TextEncoder
    before: float
    after: float
    key: str = ""

    @property
    def improved(self) -> bool:
        """Whether :attr:`encoder` is another than the one given."""
        return self.after > self.before


def is_adaptable(encoder: TextEncoder) -> bool:
    """Whether :func:`adapted` can train *encoder*."""
    return _trainable(encoder) is not None


def _trainable(encoder: TextEncoder) -> TransformerEncoder | None:
    """What can be trained of *encoder*, without its cache."""
    base = encoder.encoder if isinstance(encoder, CachedEncoder) else encoder
    return base if isinstance(base, TransformerEncoder) and base.stack is not None else None


def restored(encoder: TextEncoder, key: str) -> TextEncoder | None:
    """The encoder that :func:`adapted` once made of *encoder*; None where its weights are gone.

    Args:
        encoder: the encoder that was trained.
        key: of the :class:`Adaptation`.
    """
    base = _trainable(encoder)
    if base is None or not key.isalnum():
        return None
    found = _read(_place(key))
    return None if found is None or not found.improved else _changed(encoder, base, found, key)


def adapted(
    encoder: TextEncoder,
    first: Sequence[str],
    second: Sequence[str],
    options: AdaptationOptions | None = None,
) -> Adaptation:
    """Train *encoder* so that ``first[i]`` and ``second[i]`` come close.

    The same encoder, pairs and options give the same weights again, from the cache folder if they are
    there. Fewer than 32 pairs teach nothing: the encoder is then given back as it is.

    Args:
        encoder: ``e5`` or another BERT-shaped encoder, with or without a cache of its vectors.
        first: names in one language; pairs with a blank name, and repeated pairs, count for nothing.
        second: their partners.
        options: how to train.

    Raises:
        InputError: if the encoder is of a kind that can't be trained.
    """
    options = options or AdaptationOptions()
    base = _trainable(encoder)
    if base is None or base.stack is None:
        raise InputError(
            "this label encoder can't be adapted: only e5 and other BERT-shaped models can",
            remedy="choose --encoder e5 or leave out --adapt-encoder",
        )
    pairs = _Pairs.chosen(base, first, second, options)
    if len(pairs.first) < _LEAST_PAIRS:
        return Adaptation(encoder, 0.0, 0.0)
    key = _key(base, pairs, options)
    found = _read(_place(key))
    if found is None:
        found = _train(base, base.stack, pairs, options)
        _write(_place(key), found)
    if not found.improved:
        say(f"adapting the encoder didn't help ({found.summary}); it stays as it is")
        return Adaptation(encoder, found.before, found.before)
    return Adaptation(_changed(encoder, base, found, key), found.before, found.after, key)


def _place(key: str) -> Path:
    return cache_folder() / _ADAPTED / f"{key}.safetensors"


def _changed(encoder: TextEncoder, base: TransformerEncoder, found: _Trained, key: str) -> TextEncoder:
    changed = base.with_layers(found.tensors, f"adapted-{VERSION} {key} {_digest(found.tensors)}")
    return CachedEncoder(changed) if isinstance(encoder, CachedEncoder) else changed


@dataclass(frozen=True)
class _Pairs:
    """The pairs taken, their token ids, and which names are the same."""

    first: list[str]
    second: list[str]
    ids: list[list[int]]

    @classmethod
    def chosen(
        cls, base: TransformerEncoder, first: Sequence[str], second: Sequence[str], options: AdaptationOptions
    ) -> _Pairs:
        distinct = [
            pair for pair in dict.fromkeys(zip(first, second, strict=True)) if all(map(str.strip, pair))
        ]
        order = np.random.default_rng(options.seed).permutation(len(distinct))[: options.pairs]
        kept = [distinct[number] for number in order.tolist()]
        names, partners = [one for one, _ in kept], [other for _, other in kept]
        ids = [text[: options.tokens] for text in base.token_ids(names + partners)]
        return cls(names, partners, ids)


@dataclass(frozen=True)
class _Trained:
    """Trained weights and what the held-out pairs say of them."""

    tensors: Mapping[str, Tensor]
    before: float
    after: float

    @property
    def improved(self) -> bool:
        return self.after > self.before

    @property
    def summary(self) -> str:
        return f"{self.before:.1%} of the held-out names found their partner before, {self.after:.1%} after"


def _train(
    base: TransformerEncoder, stack: PackedBert, pairs: _Pairs, options: AdaptationOptions
) -> _Trained:
    count = len(pairs.first)
    held = max(1, round(options.held_out * count))
    held_out, taught = np.arange(held), np.arange(held, count)
    frozen = max(0, stack.depth - options.layers)
    batch = min(options.batch, len(taught))
    epoch_steps = len(taught) // batch
    total = min(options.steps, options.epochs * epoch_steps)
    same = _Same(pairs)
    native = resolve_precision("auto", stack.device) == "bfloat16" and base.precision != "float32"
    fast = torch.autocast(stack.device.type, torch.bfloat16, enabled=native)
    with progress("adapting the encoder", total + 1, "step") as bar:
        layers = TrainableLayers(stack, frozen, base.pooling)
        judged = LowerStates(stack, frozen, [*pairs.ids[:held], *pairs.ids[count : count + held]])
        before = after = _found(layers, judged, held_out, held, fast)
        best = layers.tensors()
        lower = LowerStates(stack, frozen, pairs.ids)
        bar.update(1)
        loop = _Loop(layers, lower, same, count, total, options, fast)
        generator = np.random.default_rng([options.seed, 1])
        while loop.done < total:
            order = generator.permutation(taught)
            for number in range(min(epoch_steps, total - loop.done)):
                loop.step(order[number * batch : (number + 1) * batch], bar)
            reached = _found(layers, judged, held_out, held, fast)
            if reached > after:
                after, best = reached, layers.tensors()
    return _Trained(best, before, after)


class _Same:
    """Numbers that are equal where names are, for negatives that are none."""

    def __init__(self, pairs: _Pairs) -> None:
        self._first = distinct_texts(pairs.first)[1]
        self._second = distinct_texts(pairs.second)[1]

    def mask(self, batch: NDArray[np.int64]) -> Tensor:
        """``pairs × pairs``: which pairs share a name."""
        shared = self._first[batch][:, None] == self._first[batch]
        shared |= self._second[batch][:, None] == self._second[batch]
        return torch.from_numpy(shared)


class _Loop:
    """AdamW over batches of pairs."""

    def __init__(
        self,
        layers: TrainableLayers,
        lower: LowerStates,
        same: _Same,
        count: int,
        total: int,
        options: AdaptationOptions,
        fast: torch.autocast,
    ) -> None:
        self.done = 0
        self._layers, self._lower, self._same, self._count = layers, lower, same, count
        self._temperature = options.temperature
        self._fast = fast
        self._optimizer = torch.optim.AdamW(layers.parameters(), lr=options.rate, weight_decay=_WEIGHT_DECAY)
        rise = max(1, total // 10)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer, lambda step: rate_share(step, rise, total)
        )

    def step(self, batch: NDArray[np.int64], bar: Progress) -> None:
        texts = np.concatenate([batch, batch + self._count])
        with self._fast:
            vectors = self._layers.encode(self._lower, texts)
        one, other = vectors.float().tensor_split(2)
        loss = contrastive_loss(one, other, self._same.mask(batch), self._temperature)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._layers.parameters(), _LONGEST_GRADIENT)
        self._optimizer.step()
        self._schedule.step()
        self.done += 1
        bar.update(1)


def _found(
    layers: TrainableLayers,
    lower: LowerStates,
    pairs: NDArray[np.int64],
    count: int,
    fast: torch.autocast,
) -> float:
    """Share of names whose partner is the closest of all *pairs*' partners, over both directions.

    Each side's mean is taken off first, as the label signal does.
    """
    with torch.inference_mode():
        with fast:
            both = layers.encode(lower, np.concatenate([pairs, pairs + count])).float()
        one, other = both.tensor_split(2)
        one, other = (functional.normalize(side - side.mean(0)) for side in (one, other))
        likeness = one @ other.T
        right = torch.arange(len(pairs), device=likeness.device)
        hits = [(side.argmax(1) == right).float().mean() for side in (likeness, likeness.T)]
    return float(sum(hits) / 2)


def _key(base: TransformerEncoder, pairs: _Pairs, options: AdaptationOptions) -> str:
    digest = hashlib.sha256(f"{VERSION}\0{base.identity}\0{options.model_dump_json()}\0".encode())
    for name in (*pairs.first, *pairs.second):
        digest.update(name.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:24]


def _digest(tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode() + tensors[name].numpy().tobytes())
    return digest.hexdigest()[:16]


def _read(path: Path) -> _Trained | None:
    """Weights trained before; ``None`` where they are missing or damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as stored:
            told = json.loads((stored.metadata() or {})[_ADAPTED])
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        trained = _Trained(tensors, float(told["before"]), float(told["after"]))
        return trained if told["digest"] == _digest(tensors) else None
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None


def _write(path: Path, trained: _Trained) -> None:
    """Keep the weights; a cache that can't be written costs only time, in the next run."""
    from safetensors.torch import save_file

    told = {"before": trained.before, "after": trained.after, "digest": _digest(trained.tensors)}
    try:
        with atomic_file(path) as scratch:
            save_file(dict(trained.tensors), scratch, metadata={_ADAPTED: json.dumps(told)})
    except (OutputError, OSError) as error:
        say(f"the adapted encoder is not cached: {error}")
