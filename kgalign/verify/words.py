"""The words of a text: where they stand, and a key by which words of any script compare.

A word's key is its spelling in Latin letters (anyascii), without case and diacritics, so that Москва
meets Moscow. Scripts that are written without spaces give a word for each character, keyed by itself.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import regex
from anyascii import anyascii

# Letters of these stand for syllables or meanings, and nothing tells where their words end.
_DENSE = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(
    rf"(?P<dense>[{_DENSE}]\p{{M}}*)|(?P<digits>\p{{Nd}}+)|[[\p{{L}}\p{{M}}\p{{No}}\p{{Nl}}]--[{_DENSE}]]"
    rf"(?:[[\p{{L}}\p{{M}}\u200c\u200d]--[{_DENSE}]])*",
    regex.VERSION1,
)
_SENTENCE_END = regex.compile(
    r"(?:(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s+[^\p{Ll}\s]|\s*$)|[।॥。！？؟۔]+|\n+)"
)
_ABBREVIATED = regex.compile(r"(?:\b\p{Lu}|\b\p{L}\.\p{L}|\b\p{Lu}\p{L}{0,2})$")
_NOT_KEYED = regex.compile(r"[^a-z0-9]+")
_LONGEST_SENTENCE = 2_000
_LONGEST_WORD = 60


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text.

    Attributes:
        start: where it begins, in code points.
        end: where it ends, exclusively.
        text: as it stands.
        key: for comparison; see the module.
        digits: whether it is a run of decimal digits (their key is in ASCII).
        capital: whether it begins with a capital letter.
        cased: whether its script has capital letters.
        dense: whether its script is written without spaces.
    """

    start: int
    end: int
    text: str
    key: str
    digits: bool
    capital: bool
    cased: bool
    dense: bool


def words(text: str, offset: int = 0) -> list[Word]:
    """The words of *text*, in order; *offset* is added to their places."""
    found = []
    for match in _WORD.finditer(text):
        written = match[0]
        dense = match["dense"] is not None
        first = written[0]
        found.append(
            Word(
                match.start() + offset,
                match.end() + offset,
                written,
                word_key(written, dense),
                match["digits"] is not None,
                first.isupper() or first.istitle(),
                first.lower() != first.upper(),
                dense,
            )
        )
    return found


@lru_cache(maxsize=200_000)
def word_key(word: str, dense: bool = False) -> str:
    """The key of a word; the word itself, in small letters, where no Latin letter is left of it."""
    plain = unicodedata.normalize("NFKC", word[:_LONGEST_WORD])
    if dense:
        return plain
    return _NOT_KEYED.sub("", anyascii(plain).lower()) or plain.lower()


@lru_cache(maxsize=100_000)
def skeleton(key: str) -> str:
    """The consonants of a key, sounds alike under one letter; for names across scripts."""
    squeezed = key
    for spelt, sound in _SOUNDS:
        squeezed = squeezed.replace(spelt, sound)
    kept = "".join(sign for sign in squeezed if sign not in _VOWELS)
    return "".join(sign for place, sign in enumerate(kept) if place == 0 or kept[place - 1] != sign)


_SOUNDS = (
    ("sch", "s"), ("tch", "c"), ("ph", "f"), ("th", "t"), ("dh", "d"), ("bh", "b"), ("gh", "g"), ("kh", "k"),
    ("sh", "s"), ("ch", "c"), ("zh", "j"), ("ck", "k"), ("ce", "se"), ("ci", "si"), ("cy", "si"),
    ("x", "ks"), ("q", "k"), ("w", "v"), ("z", "s"), ("j", "c"), ("g", "k"),
)  # fmt: skip
_VOWELS = frozenset("aeiouyh")


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of *text* begin and end; blank ones are left out.

    A full stop after a single letter or a short capitalised word (Dr., U.S.) ends none. Longer
    sentences than 2,000 characters are cut, so that no later step depends on the square of a long text.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match[0].startswith(".") and len(match[0]) == 1 and _is_abbreviation(text, match.start()):
            continue
        _add(found, text, start, match.end())
        start = match.end()
    _add(found, text, start, len(text))
    return found


def _is_abbreviation(text: str, stop: int) -> bool:
    return stop + 1 < len(text) and _ABBREVIATED.search(text, max(stop - 6, 0), stop) is not None


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > _LONGEST_SENTENCE:
        cut = text.rfind(" ", start + 1, start + _LONGEST_SENTENCE)
        cut = cut if cut > start else start + _LONGEST_SENTENCE
        found.append((start, cut))
        start = cut
    if end > start:
        found.append((start, end))
