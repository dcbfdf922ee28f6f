"""One spelling for texts that differ in form only: width, digits, case, spaces, punctuation, accents."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache
from itertools import groupby

import polars as pl

# Canonical combining classes up to 9 are nuktas, kana voicing marks and viramas: parts of the letter.
_LAST_LETTER_CLASS = 9
_LAST_WITH_MARKS = 0x1F000
_SAME_LETTERS = {"ß": "ss", "ς": "σ"}


def cleaned(text: pl.Expr) -> pl.Expr:
    """*text* in compatibility form (NFKC), with ASCII digits, single spaces and no marks of direction.

    The digits of every script become ASCII, the Arabic decimal mark a point, and the signs that look
    like a minus a minus. Case is kept.
    """
    # Before the compatibility form, which makes a letter of the ordinal sign that stands for a degree.
    plain = text.str.replace_all("º", "°", literal=True).str.normalize("NFKC")
    return (
        plain.str.replace_many(_native_digits())
        .str.replace_all(r"\p{Cf}+", "")
        .str.replace_all(r"[\p{White_Space}\p{Cc}]+", " ")
        .str.strip_chars(" ")
    )


def folded(text: pl.Expr) -> pl.Expr:
    """*text*, :func:`cleaned` before, without case, diacritics, punctuation or repeated spaces.

    Marks that are parts of letters (vowel signs, viramas, kana voicing) stay; so do ``#``, ``%``,
    ``&`` and ``@``, which are words of their own.
    """
    return (
        text.str.to_lowercase()
        .str.normalize("NFKD")
        .str.replace_all(_diacritics(), "")
        .str.normalize("NFC")
        .str.replace_many(_SAME_LETTERS)
        .str.replace_all(r"[\p{P}\s--[#%&@]]+", " ")
        .str.strip_chars(" ")
    )


@cache
def _native_digits() -> dict[str, str]:
    replaced = {"\N{ARABIC DECIMAL SEPARATOR}": ".", "\N{ARABIC THOUSANDS SEPARATOR}": ","}
    replaced |= dict.fromkeys(("\N{MINUS SIGN}", "\N{HYPHEN}", "\N{NON-BREAKING HYPHEN}", "\N{EN DASH}"), "-")
    for character in map(chr, range(128, sys.maxunicode + 1)):
        if character.isdecimal():
            replaced[character] = str(unicodedata.decimal(character))
    return replaced


@cache
def _diacritics() -> str:
    """A regular expression for one diacritic."""
    points = [
        point for point in range(_LAST_WITH_MARKS) if unicodedata.combining(chr(point)) > _LAST_LETTER_CLASS
    ]
    ranges = []
    for _, run in groupby(enumerate(points), lambda item: item[1] - item[0]):
        members = [point for _, point in run]
        ranges.append(rf"\x{{{members[0]:x}}}-\x{{{members[-1]:x}}}")
    return f"[{''.join(ranges)}]"
