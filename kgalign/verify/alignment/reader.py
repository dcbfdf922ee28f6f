"""The alignment function at work: windows of a text beside chunks of facts, each read once.

As AlignScore does with long contexts, facts that don't fit beside a window are read in chunks; a fact is
stated as surely as its best window says, and a word is wrong only if no chunk of facts supports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kgalign.adapters.base_model import BaseModel
from kgalign.encode.token_lengths import groups_of_equal_length, run_groups
from kgalign.verify.alignment.layout import Input, Layout
from kgalign.verify.alignment.network import Answers
from kgalign.verify.alignment.options import AlignmentOptions
from kgalign.verify.alignment.weights import open_heads, open_states
from kgalign.verify.passage import Passage
from kgalign.verify.verdicts import Fact

_BATCH_TOKENS = 2048
# Log-odds of what was not read.
UNREAD = np.float32(-12.0)
_NOTHING = torch.zeros(0)
_NO_ANSWERS = Answers(_NOTHING, _NOTHING, torch.zeros(()), torch.zeros(()))
LogOdds = NDArray[np.float32]


@dataclass
class TextAnswers:
    """What the alignment function says of one text, as log-odds.

    Attributes:
        stated: facts × sentences: the sentence states the fact, by the window that it is in.
        words: for each word of the passage: no fact supports it.
        holds: the text says nothing but what the facts say; that of its least sure window.
        quality: the text is as a person would write it, the mean of its windows.
    """

    stated: LogOdds
    words: LogOdds
    holds: float
    quality: float

    def among(self, facts: int, rows: Sequence[int]) -> TextAnswers:
        """The answers when the facts read were *rows* of more; NaN for those that weren't."""
        if len(rows) == facts:
            return self
        stated = np.full((facts, self.stated.shape[1]), np.nan, np.float32)
        stated[list(rows)] = self.stated
        return TextAnswers(stated, self.words, self.holds, self.quality)


@dataclass
class _Window:
    """Sentences of one text that are read together.

    Attributes:
        text: number of the text.
        first: first sentence.
        last: last sentence, exclusive.
        ids: the tokens.
        offsets: where they stand in the whole text.
    """

    text: int
    first: int
    last: int
    ids: list[int] = field(default_factory=list)
    offsets: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class _Job:
    """A window beside a chunk of facts."""

    window: _Window
    facts: Sequence[int]
    layout: Input


class AlignmentReader:
    """Reads passages beside their facts.

    Args:
        base: the model that the weights belong to.
        options: how they were trained.
        tensors: the weights.

    Raises:
        InputError: if the weights don't fit the base.
    """

    def __init__(self, base: BaseModel, options: AlignmentOptions, tensors: Mapping[str, Tensor]) -> None:
        self._states = open_states(base, options.method, options.width, tensors)
        self._heads = open_heads(base.hidden, tensors).to(base.device)
        self._layout = Layout(base)
        self._device = base.device

    def read(self, passages: Sequence[Passage], facts: Sequence[Sequence[Fact]]) -> list[TextAnswers]:
        """Read each passage beside its own facts."""
        jobs = [
            job
            for text, (passage, own) in enumerate(zip(passages, facts, strict=True))
            for job in self._jobs(text, passage, own)
        ]
        given: list[Answers] = [_NO_ANSWERS] * len(jobs)

        def work(group: list[int]) -> None:
            with torch.inference_mode():
                ids = torch.tensor([jobs[place].layout.ids for place in group], device=self._device)
                states = self._states(ids).float()
                for row, place in enumerate(group):
                    given[place] = self._heads(states[row], jobs[place].layout)

        lengths = [len(job.layout.ids) for job in jobs]
        run_groups(list(groups_of_equal_length(lengths, _BATCH_TOKENS)), work, self._device)
        by_text: list[list[tuple[_Job, Answers]]] = [[] for _ in passages]
        for job, answers in zip(jobs, given, strict=True):
            by_text[job.window.text].append((job, answers))
        return [
            _joined(passage, len(own), answered)
            for passage, own, answered in zip(passages, facts, by_text, strict=True)
        ]

    def _jobs(self, text: int, passage: Passage, facts: Sequence[Fact]) -> Iterator[_Job]:
        """Every window beside every chunk of facts; those of one subject stand together."""
        order = sorted(range(len(facts)), key=lambda row: facts[row].subject.value)
        for window in self._windows(text, passage):
            left = order
            while True:
                tokens = self._layout.fact_tokens([facts[row] for row in left], passage.language)
                count = self._layout.fitting(window.ids, tokens)
                yield _Job(window, left[:count], self._layout.sequence(window.ids, tokens[:count]))
                left = left[count:]
                if not left:
                    break

    def _windows(self, text: int, passage: Passage) -> Iterator[_Window]:
        """As many sentences together as fit; a sentence that is too long by itself in parts."""
        pieces = self._layout.pieces([passage.text[start:end] for start, end in passage.sentences])
        most = self._layout.text
        open_: _Window | None = None
        for number, ((start, _), found) in enumerate(zip(passage.sentences, pieces, strict=True)):
            if open_ is not None and len(open_.ids) + len(found.ids) > most:
                yield open_
                open_ = None
            for first in range(0, len(found.ids), most):
                part = slice(first, first + most)
                offsets = [(start + begin, start + end) for begin, end in found.offsets[part]]
                if open_ is None:
                    open_ = _Window(text, number, number + 1, found.ids[part], offsets)
                elif first == 0:
                    open_.last = number + 1
                    open_.ids += found.ids[part]
                    open_.offsets += offsets
                else:
                    yield open_
                    open_ = _Window(text, number, number + 1, found.ids[part], offsets)
        if open_ is not None:
            yield open_


def _joined(passage: Passage, facts: int, answered: Sequence[tuple[_Job, Answers]]) -> TextAnswers:
    """One text's answers from those of its windows and chunks."""
    stated = np.full((facts, len(passage.sentences)), UNREAD, np.float32)
    words = np.full(len(passage.words), UNREAD, np.float32)
    windows: dict[int, list[tuple[_Job, Answers]]] = {}
    for job, answers in answered:
        windows.setdefault(id(job.window), []).append((job, answers))
        here = slice(job.window.first, job.window.last)
        own = answers.stated.cpu().numpy()[:, None]
        rows = np.array(job.facts, np.int64)
        stated[rows, here] = np.maximum(stated[rows, here], own)
    holds, quality = [], []
    for group in windows.values():
        window = group[0][0].window
        wrong = torch.stack([answers.wrong for _, answers in group]).amin(0).cpu().numpy()
        holds.append(max(float(answers.holds) for _, answers in group))
        quality.append(float(np.mean([float(answers.quality) for _, answers in group])))
        _spread(passage, window, wrong, words)
    return TextAnswers(stated, words, min(holds, default=0.0), float(np.mean(quality)) if quality else 0.0)


def _spread(passage: Passage, window: _Window, wrong: LogOdds, words: LogOdds) -> None:
    """Give each word the highest log-odds of its tokens."""
    starts = np.array([start for start, _ in window.offsets], np.int64)
    ends = np.array([end for _, end in window.offsets], np.int64)
    first, last = passage.bounds[window.first][0], passage.bounds[window.last - 1][1]
    for number in range(first, last):
        word = passage.words[number]
        left = int(np.searchsorted(ends, word.start, side="right"))
        right = int(np.searchsorted(starts, word.end, side="left"))
        if left < right:
            words[number] = max(words[number], float(wrong[left:right].max()))
