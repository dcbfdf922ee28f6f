"""Examples as the network is trained on them: token ids and targets, in batches of like length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from kgalign.verify.alignment.layout import Input, Layout, NameOf, shown
from kgalign.verify.alignment.made_examples import EXTRA, FAULTS, AlignmentExample, ExampleMaker
from kgalign.verify.alignment.network import Targets
from kgalign.verify.lexicon import Lesson
from kgalign.verify.verdicts import Span, Term

_NOBODY_KNOWS = float("nan")
# So often a text stands beside names of other languages only, as it does where labels are missing.
_FOREIGN = 0.25
_LIKE_LENGTH = 16


@dataclass(frozen=True)
class Taught:
    """An example as token ids, with what the answers should be."""

    layout: Input
    targets: Targets


def split_lessons(
    lessons: Sequence[Lesson], most: int, held_out: int, seed: int
) -> tuple[dict[str, list[Lesson]], dict[str, list[Lesson]]]:
    """Lessons to learn and others to judge by, by language.

    Args:
        lessons: in any order; only those with facts count.
        most: of a language to learn, at most.
        held_out: of a language to judge by, at most; never more than a tenth.
        seed: of the choice.
    """
    by_language: dict[str, list[Lesson]] = {}
    for lesson in lessons:
        if lesson.facts and lesson.text.strip():
            by_language.setdefault(lesson.language, []).append(lesson)
    taught, kept = {}, {}
    for language in sorted(by_language):
        own = by_language[language]
        order = np.random.default_rng([seed, 3]).permutation(len(own))
        count = min(held_out, len(own) // 10)
        kept[language] = [own[place] for place in np.sort(order[:count])]
        taught[language] = [own[place] for place in np.sort(order[count : count + most])]
    return taught, kept


def examples_of(
    lessons: dict[str, list[Lesson]], seed: int, extra: float = EXTRA, faults: int = FAULTS
) -> list[AlignmentExample]:
    """Examples of all languages, each language's mistakes made of its own lessons.

    Args:
        lessons: by language.
        seed: of the mistakes.
        extra: see :meth:`ExampleMaker.examples`.
        faults: likewise.
    """
    return [each for own in lessons.values() for each in ExampleMaker(own, seed).examples(extra, faults)]


def taught(examples: Sequence[AlignmentExample], layout: Layout, seed: int) -> list[Taught]:
    """Examples as token ids, cut to what the network reads."""
    rng = np.random.default_rng([seed, 5])
    pieces = layout.pieces([example.text for example in examples])
    found = []
    for example, text in zip(examples, pieces, strict=True):
        name_of: NameOf = _foreign if rng.random() < _FOREIGN else shown
        ids, offsets = text.ids[: layout.text], text.offsets[: layout.text]
        facts = layout.fact_tokens(example.facts, example.language, name_of)
        facts = facts[: layout.fitting(ids, facts)]
        cut = len(ids) < len(text.ids)
        targets = Targets(
            torch.tensor([_known(None if cut and each else each) for each in example.stated[: len(facts)]]),
            _wrong(example.wrong, offsets),
            torch.tensor(_known(example.holds)),
            torch.tensor(_known(example.quality)),
        )
        found.append(Taught(layout.sequence(ids, facts), targets))
    return found


def _foreign(term: Term, language: str) -> str:
    """A name of another language than the text's, if there is one."""
    other = (name.text for name in term.names if name.language != language)
    return next(other, term.shown(language))


def _known(value: float | None) -> float:
    return _NOBODY_KNOWS if value is None else value


def _wrong(spans: tuple[Span, ...] | None, offsets: Sequence[tuple[int, int]]) -> Tensor:
    if spans is None:
        return torch.full((len(offsets),), _NOBODY_KNOWS)
    return torch.tensor(
        [float(any(start < span.end and span.start < end for span in spans)) for start, end in offsets]
    )


class Batches:
    """Batches without end; each depends on the seed and its number alone.

    Args:
        lengths: tokens of each item.
        tokens: of a batch with its padding, at most (unless one item has more).
        seed: of the order.
    """

    def __init__(self, lengths: Sequence[int], tokens: int, seed: int) -> None:
        self._lengths = np.array(lengths, np.int64)
        self._tokens = tokens
        self._seed = seed
        self._rounds: list[list[list[int]]] = []
        self._ends: list[int] = []

    def __getitem__(self, number: int) -> list[int]:
        """The items of a batch."""
        while not self._ends or number >= self._ends[-1]:
            made = self._round(len(self._rounds))
            self._rounds.append(made)
            self._ends.append((self._ends[-1] if self._ends else 0) + len(made))
        place = int(np.searchsorted(self._ends, number, side="right"))
        return self._rounds[place][number - (self._ends[place - 1] if place else 0)]

    def _round(self, number: int) -> list[list[int]]:
        """All items once."""
        rng = np.random.default_rng([self._seed, 9, number])
        order = rng.permutation(len(self._lengths))
        order = order[np.argsort(self._lengths[order] // _LIKE_LENGTH, kind="stable")]
        batches: list[list[int]] = [[]]
        longest = 0
        for item in order.tolist():
            longest = max(longest, int(self._lengths[item]))
            if batches[-1] and longest * (len(batches[-1]) + 1) > self._tokens:
                batches.append([])
                longest = int(self._lengths[item])
            batches[-1].append(item)
        return [batches[place] for place in rng.permutation(len(batches))]
