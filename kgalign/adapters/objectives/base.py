"""What every objective offers: batches of pairs of texts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from kgalign.adapters.label_table import Ids, Mask
from kgalign.adapters.lessons import Lessons
from kgalign.encode.distinct_texts import distinct_texts


class SamplingOptions(BaseModel):
    """How an objective draws its texts.

    Attributes:
        smoothing: a language is drawn with its number of names to this power: 1 is by size, 0 is evenly.
        aliases: how often any name stands in for the preferred one.
        same_language: how often the object's language is the subject's where it has a name in it.
        held_out: share of the items that is not taught but asked before and after.
        most_held_out: at most this many of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    smoothing: float = Field(default=0.5, ge=0, le=1)
    aliases: float = Field(default=0.2, ge=0, le=1)
    same_language: float = Field(default=0.5, ge=0, le=1)
    held_out: float = Field(default=0.02, ge=0, lt=1)
    most_held_out: int = Field(default=1000, ge=0)


@dataclass(frozen=True)
class TextPairs:
    """A batch.

    Attributes:
        first: texts that ask.
        second: the right answer to each.
        same: ``n × n``, true where ``second[j]`` is a right answer to ``first[i]``, too.
    """

    first: list[str]
    second: list[str]
    same: Mask


class Objective(ABC):
    """Draws pairs of texts from a graph's lessons.

    Args:
        lessons: the graph.
        options: how to draw.
        seed: decides which items are held out.
    """

    name: ClassVar[str]
    # Pairs in a batch and tokens of a text, as published.
    batch: ClassVar[int]
    tokens: ClassVar[int]

    def __init__(self, lessons: Lessons, options: SamplingOptions, seed: int) -> None:
        self.lessons = lessons
        self.options = options
        self.weights = lessons.labels.weights(options.smoothing)
        items = self.items()
        count = min(options.most_held_out, int(options.held_out * len(items)))
        order = np.random.default_rng([seed, 7]).permutation(len(items))
        self._held_out, self._taught = items[order[:count]], items[order[count:]]
        self._chances = np.cumsum(self.chances(self._taught))

    @abstractmethod
    def items(self) -> Ids:
        """What a pair is made from: numbers of entities or facts, in a fixed order."""

    @abstractmethod
    def pairs(self, items: Ids, generator: np.random.Generator) -> TextPairs:
        """The texts of *items*."""

    def chances(self, items: Ids) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """The weight of each item when one is drawn."""
        return np.ones(len(items))

    @property
    def is_empty(self) -> bool:
        """Whether the graph has too little to learn from: fewer than two items."""
        return len(self._taught) < 2

    @property
    def taught(self) -> int:
        """How many items are taught."""
        return len(self._taught)

    def draw(self, size: int, generator: np.random.Generator) -> TextPairs:
        """A batch of at most *size* different items."""
        drawn = np.searchsorted(self._chances, generator.random(2 * size) * self._chances[-1], side="right")
        _, first = np.unique(drawn, return_index=True)
        return self.pairs(self._taught[drawn[np.sort(first)[:size]]], generator)

    def held_out_pairs(self, seed: int) -> TextPairs | None:
        """Texts of the items held out, always the same; None where there are fewer than two."""
        if len(self._held_out) < 2:
            return None
        return self.pairs(self._held_out, np.random.default_rng([seed, 11]))


def same_text(texts: list[str]) -> Mask:
    """``n × n``: which texts are the same."""
    _, numbers = distinct_texts(texts)
    same: Mask = numbers[:, None] == numbers
    return same
