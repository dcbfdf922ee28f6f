"""How a language writes months, magnitudes and units, by the CLDR, under the keys of words."""

from __future__ import annotations

from functools import cache, lru_cache

import polars as pl
import regex
from babel import Locale, UnknownLocaleError
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import extractOne

from kgalign.align.values.cldr import month_names, unit_spellings
from kgalign.verify.words import word_key

_SHORTEST_PREFIX = 3
_LONGEST_ENDING = 4
_SHORTEST_FUZZY = 5
_ALIKE = 0.9
_WORD_IN_PATTERN = regex.compile(r"[\p{L}\p{M}.]+")
_ENGLISH = "en"


def base_language(tag: str) -> str:
    """The language of a tag, without script and region."""
    return tag.split("-")[0].lower()


@lru_cache(maxsize=50_000)
def month_of(key: str, language: str) -> int | None:
    """The month that a word names in *language*, whatever ending it has; None if it names none."""
    names = _months(language)
    if key in names:
        return names[key]
    for length in range(len(key) - 1, max(_SHORTEST_PREFIX, len(key) - _LONGEST_ENDING) - 1, -1):
        if key[:length] in names and length > _SHORTEST_PREFIX:
            return names[key[:length]]
    if len(key) < _SHORTEST_FUZZY:
        return None
    long_names = [name for name in names if len(name) >= _SHORTEST_FUZZY]
    found = extractOne(key, long_names, scorer=JaroWinkler.normalized_similarity, score_cutoff=_ALIKE)
    return None if found is None else names[found[0]]


@cache
def magnitudes(language: str) -> dict[str, float]:
    """Words for thousands, millions and so on, by their keys.

    Only from patterns of one word: *mil millones* says what *mil* and *millones* are worth together.
    """
    found: dict[str, float] = {}
    for code in (_ENGLISH, language):
        locale = _locale(code)
        if locale is None:
            continue
        for length in ("short", "long"):
            for counts in locale.compact_decimal_formats.get(length, {}).values():
                for number, pattern in counts.items():
                    text = str(pattern.pattern)
                    zeros = text.count("0")
                    words = _WORD_IN_PATTERN.findall(text)
                    if zeros and len(words) == 1 and len(word_key(words[0])) > 1:
                        found[word_key(words[0])] = float(number) / 10 ** (zeros - 1)
    return found


@lru_cache(maxsize=20_000)
def magnitude_of(key: str, language: str) -> float | None:
    """The factor that a word stands for after a number, whatever ending it has."""
    known = magnitudes(language)
    if key in known:
        return known[key]
    for length in range(len(key) - 1, max(_SHORTEST_PREFIX, len(key) - _LONGEST_ENDING), -1):
        if key[:length] in known:
            return known[key[:length]]
    return None


@cache
def units(language: str) -> dict[str, tuple[str, float, float]]:
    """Dimension, factor and offset of each unit's spelling; English ones are known in every language."""
    table = unit_spellings((language,)).filter(pl.col("language").is_in(["", language]))
    # The language's own meaning comes last, and stays.
    table = table.sort("language")
    return {row[0]: (row[1], row[2], row[3]) for row in table.drop("language").iter_rows()}


@cache
def _months(language: str) -> dict[str, int]:
    table = month_names((language,)).filter(pl.col("language").is_in(["", _ENGLISH, language]))
    order = {"": 0, _ENGLISH: 1, language: 2}
    rows = sorted(table.iter_rows(), key=lambda row: order.get(row[1], 0))
    # Short names of other languages' months are words of this one.
    return {
        word_key(name): month
        for name, known_in, month in rows
        if " " not in name and len(word_key(name)) >= (2 if known_in == language else _SHORTEST_PREFIX)
    }


def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None
