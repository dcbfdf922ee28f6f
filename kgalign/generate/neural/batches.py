"""Which texts are learnt at which step: by the seed and the step alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kgalign.generate.neural.pieces import Tokens

# Batches that are sorted by length together; more would make the batches of an epoch too much alike.
_SORTED_TOGETHER = 100


@dataclass(frozen=True)
class Lesson:
    """A pair in numbers.

    Attributes:
        source: the input.
        target: the output's ids.
        language: of the output; languages are drawn in turn.
        taught: for each id of the output whether it is learnt, or only read; None for all.
    """

    source: Tokens
    target: list[int]
    language: str
    taught: tuple[bool, ...] | None = None

    @property
    def length(self) -> int:
        """Tokens of both."""
        return len(self.source.ids) + len(self.target)


class Plan:
    """The batches of a training.

    In an epoch as many texts are drawn as there are, a language's share being its number of texts to the
    power of *smoothing*; no text is drawn twice before all of its language were.

    Args:
        lessons: what is learnt.
        tokens: of a batch with its padding, at most; a longer text makes a batch of its own.
        smoothing: 1 for the languages' own shares, 0 for equal ones.
        seed: decides all draws.
    """

    def __init__(self, lessons: Sequence[Lesson], tokens: int, smoothing: float, seed: int) -> None:
        self._lessons = lessons
        self._tokens = tokens
        self._seed = seed
        languages = sorted({lesson.language for lesson in lessons})
        self._own = [
            np.flatnonzero([lesson.language == language for lesson in lessons]) for language in languages
        ]
        shares = np.array([len(own) for own in self._own], float) ** smoothing
        self._counts = np.maximum(1, np.round(shares / shares.sum() * len(lessons))).astype(int)
        self._lengths = np.array([[len(each.source.ids), len(each.target)] for each in lessons])
        self.epoch = lru_cache(maxsize=2)(self._epoch)
        # Epochs differ by a batch or two; the first one's number is taken for all.
        self.per_epoch = len(self.epoch(0))

    def batch(self, number: int) -> list[Lesson]:
        """The texts of a batch, by its number from 0."""
        epoch, place = divmod(number, self.per_epoch)
        found = self.epoch(epoch)
        return [self._lessons[text] for text in found[place % len(found)]]

    def _epoch(self, number: int) -> list[NDArray[np.int64]]:
        generator = np.random.default_rng([self._seed, number])
        drawn = np.concatenate(
            [
                np.concatenate([generator.permutation(own) for _ in range(-(-count // len(own)))])[:count]
                for own, count in zip(self._own, self._counts, strict=True)
            ]
        )
        generator.shuffle(drawn)
        average = max(1.0, float(self._lengths.sum(1).mean()))
        pool = max(1, round(_SORTED_TOGETHER * self._tokens / average))
        batches = [
            batch for start in range(0, len(drawn), pool) for batch in self._cut(drawn[start : start + pool])
        ]
        return [batches[place] for place in generator.permutation(len(batches))]

    def _cut(self, texts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        lengths = self._lengths[texts]
        order = np.lexsort((lengths[:, 0], lengths[:, 1]))
        found, start = [], 0
        longest = np.zeros(2, int)
        for place, text in enumerate(order):
            wider = np.maximum(longest, lengths[text])
            if place > start and wider.sum() * (place - start + 1) > self._tokens:
                found.append(texts[order[start:place]])
                start, wider = place, lengths[text]
            longest = wider
        return [*found, texts[order[start:]]]
