"""A text as verification sees it: its sentences and words, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kgalign.verify.language_forms import base_language
from kgalign.verify.mentions import TextWords
from kgalign.verify.scanning import stated_in
from kgalign.verify.values import Stated
from kgalign.verify.words import Word, sentences, words

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Passage:
    """A text, its language and the entity that it is about.

    Attributes:
        text: the text; lone surrogates, which no file can hold, are replaced by U+FFFD.
        tag: its language tag.
        about: value of the term that it is about; None if nobody said.
    """

    text: str
    tag: str
    about: str | None = None

    def __post_init__(self) -> None:
        if not self.text.isascii():
            object.__setattr__(self, "text", _SURROGATE.sub("\ufffd", self.text))

    @cached_property
    def language(self) -> str:
        """The language without script and region."""
        return base_language(self.tag)

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Where each sentence begins and ends, in code points."""
        return sentences(self.text)

    @cached_property
    def words(self) -> list[Word]:
        """All words, by place."""
        return [word for start, end in self.sentences for word in words(self.text[start:end], start)]

    @cached_property
    def bounds(self) -> list[tuple[int, int]]:
        """First and last (exclusive) word of each sentence."""
        found, place, every = [], 0, self.words
        for _, end in self.sentences:
            first = place
            while place < len(every) and every[place].start < end:
                place += 1
            found.append((first, place))
        return found

    def words_in(self, start: int, end: int) -> range:
        """The numbers of the words that share a character with a place of the text."""
        first = int(np.searchsorted(self._ends, start, side="right"))
        return range(first, max(first, int(np.searchsorted(self._starts, end, side="left"))))

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.array([word.start for word in self.words], np.int64)

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.array([word.end for word in self.words], np.int64)

    def words_covered(self, spans: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
        """Which words share a character with any of some places of the text."""
        covered = np.zeros(len(self.words), bool)
        for start, end in spans:
            inside = self.words_in(start, end)
            covered[inside.start : inside.stop] = True
        return covered

    @cached_property
    def compared(self) -> TextWords:
        """The words, ready to be compared with names."""
        return TextWords(self.words, self.bounds)

    @cached_property
    def stated(self) -> list[tuple[int, Stated]]:
        """The dates and numbers, each with the number of its sentence."""
        found = []
        for number, ((start, end), (first, last)) in enumerate(zip(self.sentences, self.bounds, strict=True)):
            own = [
                Word(
                    word.start - start, word.end - start, word.text, word.key, word.digits, word.capital,
                    word.cased, word.dense,
                )
                for word in self.words[first:last]
            ]  # fmt: skip
            for stated in stated_in(self.text[start:end], own, self.language):
                placed = Stated(stated.days, stated.amounts, stated.start + start, stated.end + start)
                found.append((number, placed))
        return found
