"""What the Unicode CLDR says of how languages write months, eras, units and numbers (by way of babel)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from itertools import product
from typing import Any

import polars as pl
from babel import Locale, UnknownLocaleError, localedata

from kgalign.align.values.cleaning import cleaned, folded
from kgalign.align.values.units import Unit, unit_named

# Whose words are understood in texts that don't say their language. en-GB for its spelling of metre.
USUAL_LANGUAGES = (
    "en", "en-GB", "ar", "as", "bg", "bn", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fa", "fi", "fr",
    "ga", "gl", "gu", "he", "hi", "hr", "hu", "hy", "id", "it", "ja", "ka", "kk", "kn", "ko", "lt", "lv",
    "mk", "ml", "mr", "ms", "nb", "nl", "nn", "or", "pa", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr",
    "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "uz", "vi", "zh",
)  # fmt: skip
# Lengths of time that are read as dates, if at all: "1969 г." is a year and not 1,969 years.
_CALENDAR_UNITS = {"year", "month", "week", "day"}
_UNIT_SPELLINGS = {
    "sq km": "square-kilometer", "sq m": "square-meter", "sqm": "square-meter", "sqkm": "square-kilometer",
    "sq mi": "square-mile", "sq ft": "square-foot", "cc": "cubic-centimeter", "kmh": "kilometer-per-hour",
    "kph": "kilometer-per-hour", "lbs": "pound", "hrs": "hour", "кв. км": "square-kilometer",
    "кв. м": "square-meter", "°C": "celsius", "°F": "fahrenheit", "%": "percent", "mph": "mile-per-hour",
    "kg/m3": "kilogram-per-cubic-meter", "g/cm3": "gram-per-cubic-centimeter",
    "m3/s": "cubic-meter-per-second", "/km2": "inhabitant-per-square-kilometer",
}  # fmt: skip
_SHORT_ERA = 2
_PLACE = re.compile(r"\s*\{0\}\s*")
_PATTERN_PART = re.compile(r"'([^']*)'|([A-Za-z]+)|([^\W\d_]+)")
_ATTACHED_MONTH = re.compile(r"([^\W\d_A-Za-z]*)MMMM(?:'?([^\W\d_]*)'?)")


@cache
def month_names(languages: tuple[str, ...]) -> pl.DataFrame:
    """How dates in *languages* name the months, in words.

    Returns:
        ``name`` (folded), ``language`` ("" where every usual language that knows the name means the
        same month by it) and ``month``.
    """
    rows = [
        (name, language, number)
        for language, locale in _locales(languages)
        for name, number in _months(locale)
        if not re.search(r"\d", name)
    ]
    schema = pl.Schema({"name": pl.String, "language": pl.String, "month": pl.Int16})
    table = pl.DataFrame(rows, schema, orient="row").with_columns(folded(cleaned(pl.col("name"))))
    return _with_common_meaning(table, "name", ["month"])


@cache
def era_names() -> tuple[str, str]:
    """Regular expressions for what says that a year is before year 1, and that it is not (folded)."""
    before, after = set[str](), set[str]()
    for _, locale in _locales(()):
        eras = _data(locale, "eras")
        for width in ("wide", "abbreviated"):
            for number, name in eras[width].items():
                (after if number else before).add(name)
    # "ac" is an acre and "mo" a month before they are eras.
    of_english = ({"bce", "bc", "b c", "b c e"}, {"ce", "ad", "a d", "c e"})
    names = [
        {name for name in _plain(found) if len(name) > _SHORT_ERA or not name.isascii()} | english
        for found, english in zip((before, after), of_english, strict=True)
    ]
    return _alternatives(names[0]), _alternatives(names[1])


@cache
def date_fillers() -> str:
    """A regular expression for the words without meaning in dates: ``de``, ``of``, ``г``, ``gada``."""
    words = {"of", "the", "st", "nd", "rd", "th", "er"}
    for _, locale in _locales(()):
        for length in ("long", "medium"):
            for quoted, _, plain in _PATTERN_PART.findall(locale.date_formats[length].pattern):
                words.update(re.findall(r"[^\W\d_]+", quoted or plain))
    return _alternatives(_plain({word for word in words if "MMM" not in word}))


@cache
def unit_spellings(languages: tuple[str, ...]) -> pl.DataFrame:
    """How units are written after a number in texts of *languages*.

    Returns:
        ``spelling``, ``language`` ("" as in :func:`month_names`), ``dimension``, ``factor`` and
        ``offset`` (see :class:`Unit`).
    """
    rows: list[tuple[str, str, str, float, float]] = []
    for language, locale in _locales(languages):
        spelt: dict[str, set[Unit]] = defaultdict(set)
        for spelling, unit in _units(language, locale):
            spelt[spelling].add(unit)
            spelt[spelling.lower()].add(unit)
        rows += [
            (spelling, language, unit.dimension, unit.factor, unit.offset)
            for spelling, units in spelt.items()
            for unit in units
        ]
    table = pl.DataFrame(
        rows,
        schema={
            "spelling": pl.String,
            "language": pl.String,
            "dimension": pl.String,
            "factor": pl.Float64,
            "offset": pl.Float64,
        },
        orient="row",
    ).with_columns(unit_spelling(cleaned(pl.col("spelling"))))
    return _with_common_meaning(table, "spelling", ["dimension", "factor", "offset"])


def unit_spelling(text: pl.Expr) -> pl.Expr:
    """A unit's spelling without what varies: spaces at its ends, a last full stop, ``^``."""
    return text.str.replace_all("^", "", literal=True).str.strip_chars(" ").str.strip_suffix(".")


@cache
def comma_languages() -> tuple[str, ...]:
    """The usual languages that write a comma before decimals."""
    return tuple(
        language
        for language, locale in _locales(())
        if locale.number_symbols.get("latn", {}).get("decimal") == ","
    )


def _plain(words: set[str]) -> set[str]:
    """*words*, folded."""
    folds = pl.DataFrame({"word": sorted(words)}).select(folded(cleaned(pl.col("word")))).to_series()
    return set(folds) - {""}


def _alternatives(words: set[str]) -> str:
    """A regular expression for any of *words*; longer ones first, as the first that fits counts."""
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


def _with_common_meaning(table: pl.DataFrame, key: str, meaning: list[str]) -> pl.DataFrame:
    """Add the meanings that hold whatever the language; drop words of two meanings in one language.

    English decides where languages disagree, as units are often written the English way.
    """
    table = table.unique().filter(pl.len().over(key, "language") == 1)
    usual = table.filter(pl.col("language").is_in(_base_codes(USUAL_LANGUAGES)))
    english = usual.filter(pl.col("language") == "en")
    others = usual.join(english, on=key, how="anti").select(key, *meaning).unique()
    common = pl.concat([english.select(key, *meaning), others.filter(pl.len().over(key) == 1)])
    return pl.concat([table, common.with_columns(language=pl.lit("")).select(table.columns)]).sort(
        key, "language"
    )


def _base_codes(languages: tuple[str, ...]) -> list[str]:
    return sorted({language.split("-")[0] for language in languages})


def _locales(languages: tuple[str, ...]) -> Iterator[tuple[str, Locale]]:
    """The locales of the usual languages and *languages*, each with its plain language code."""
    for code in dict.fromkeys((*USUAL_LANGUAGES, *languages)):
        try:
            yield code.split("-")[0], Locale.parse(code, sep="-")
        except (UnknownLocaleError, ValueError):
            continue


def _months(locale: Locale) -> Iterator[tuple[str, int]]:
    attached = [("", "")]
    found = _ATTACHED_MONTH.search(locale.date_formats["long"].pattern)
    if found:
        attached.append((found[1], found[2]))
    months = _data(locale, "months")
    for context, width in product(("format", "stand-alone"), ("wide", "abbreviated")):
        for number, name in months[context][width].items():
            for before, after in attached:
                yield f"{before}{name.lower()}{after}", number


def _units(language: str, locale: Locale) -> Iterator[tuple[str, Unit]]:
    if language == "en":
        further = ((spelling, unit_named(name)) for spelling, name in _UNIT_SPELLINGS.items())
        yield from ((spelling, unit) for spelling, unit in further if unit is not None)
    for qualified, widths in _data(locale, "unit_patterns").items():
        name = qualified.partition("-")[2]
        unit = None if name in _CALENDAR_UNITS else unit_named(name)
        if unit is None:
            continue
        for width in ("short", "long"):
            for count, pattern in widths.get(width, {}).items():
                if count != "per":
                    yield _PLACE.sub("", str(pattern)), unit


def _data(locale: Locale, part: str) -> localedata.LocaleDataDict:
    """A part of a locale's data that is this locale's own.

    Locales share what they inherit, and following a reference writes what it found there, where
    another locale would read it: so the part is copied first.
    """
    data: dict[Any, Any] = dict(localedata.load(str(locale)))
    return localedata.LocaleDataDict(deepcopy(data[part]), base=data)
