"""Dates and numbers in running text, in native digits and the language's own months and magnitudes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import regex

from kgalign.verify.language_forms import magnitude_of, month_of, units
from kgalign.verify.values import Amount, Day, Stated
from kgalign.verify.words import Word

_SPACES = " \u00a0\u202f\u2009"
_NUMBER = regex.compile(
    rf"(?<!\d)(?<!\d[.,])(?:\d{{1,3}}(?:[{_SPACES}'’]\d{{3}})+(?![\d])(?:[.,]\d+)?"
    r"|\d{1,3}(?:,\d{2,3})*,\d{3}(?!\d)(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?!\d)(?:,\d+)?|\d+(?:[.,]\d+)?)"
)
_ISO = regex.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_FIGURES = regex.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)")
_YEAR_FIRST = regex.compile(r"(?<!\d)(\d{4})[./](\d{1,2})[./](\d{1,2})(?!\d)")
_IDEOGRAPHIC = regex.compile(r"(?<!\d)(\d{1,4})[年년] ?(?:(\d{1,2}) ?[月월] ?(?:(\d{1,2}) ?[日일])?)?")
# What stands before the later parts of an abbreviation: the मी of कि.मी. is no month.
_ABBREVIATED = regex.compile(r"[\p{L}\p{M}][.॰]$")
_DECADE = regex.compile(r"['’]?s\b|er\b|-х\b|-ті\b")
_LONGEST_GAP = 14
_MOST_FILLERS = 2
_EARLIEST, _LATEST = 1000, 2100
_MOST_UNIT_WORDS = 4
# "km2" and "m³/s" are units to their last sign; "V2" and "m2x" are not.
_UNIT_PART = regex.compile(r"[\p{L}\p{M}°%²³/]+(?:[23](?![\d\p{L}]))?\.?")
_FIGURE_IN_UNIT = regex.compile(r"\d(?<![\p{L}][23])|[,;:]")
_MOST_MAGNITUDES = 2
_MOST_DIGITS = 15


def stated_in(text: str, found: Sequence[Word], language: str) -> list[Stated]:
    """The dates and numbers of a text.

    Args:
        text: the text, or a part of it.
        found: its words, their places counted in *text*.
        language: of the text; without region.

    Returns:
        What is stated, by place; nothing overlaps.
    """
    plain = ascii_digits(text)
    dates = _whole_dates(plain) + _dates_in_words(plain, found, language)
    dates.sort(key=lambda stated: (stated.start, -stated.end))
    kept: list[Stated] = []
    for date in dates:
        if not kept or date.start >= kept[-1].end:
            kept.append(date)
    taken = [(date.start, date.end) for date in kept]
    numbers: list[Stated] = []
    for match in _NUMBER.finditer(plain):
        # The 2 of "km2" belongs to the number before.
        inside = bool(numbers) and match.start() < numbers[-1].end
        if not inside and not any(start < match.end() and match.start() < end for start, end in taken):
            numbers.append(_number(plain, match.start(), match.end(), language))
    return sorted(kept + numbers, key=lambda stated: stated.start)


@lru_cache(maxsize=4096)
def _ascii(character: str) -> str:
    return str(unicodedata.decimal(character))


def ascii_digits(text: str) -> str:
    """*text* with every decimal digit in ASCII, place for place."""
    if text.isascii():
        return text
    return "".join(
        _ascii(sign) if not sign.isascii() and sign.isdecimal() else "-" if sign in "−–‑" else sign
        for sign in text
    )


def _whole_dates(plain: str) -> list[Stated]:
    found = []
    for pattern, parts in ((_ISO, (1, 2, 3)), (_YEAR_FIRST, (1, 2, 3)), (_IDEOGRAPHIC, (1, 2, 3))):
        for match in pattern.finditer(plain):
            year, month, day = (int(match[part]) if match[part] else None for part in parts)
            if _possible(month, day):
                found.append(Stated((Day(year, month, day),), (), match.start(), match.end()))
    for match in _FIGURES.finditer(plain):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        ways = tuple(
            Day(year, month, day)
            for day, month in ((first, second), (second, first))
            if _possible(month, day)
        )
        if ways:
            found.append(Stated(tuple(dict.fromkeys(ways)), (), match.start(), match.end()))
    return found


def _possible(month: int | None, day: int | None) -> bool:
    return (month is None or 1 <= month <= 12) and (day is None or 1 <= day <= 31)


def _dates_in_words(plain: str, found: Sequence[Word], language: str) -> list[Stated]:
    dates = []
    for place, word in enumerate(found):
        if word.digits or len(word.key) < 2 or _ABBREVIATED.search(plain, max(word.start - 2, 0), word.start):
            continue
        near_number = any(
            other.digits for other in found[max(place - _MOST_FILLERS - 1, 0) : place + _MOST_FILLERS + 2]
        )
        month = month_of(word.key, language) if near_number else None
        if month is None:
            continue
        before = _figure(found, place, -1)
        after = _figure(found, place, 1)
        later = None if after is None or not _is_day(found[after].key) else _figure(found, after, 1)
        date = _arranged(found, place, month, (before, after, later))
        if date is not None:
            dates.append(date)
    return dates


def _arranged(
    found: Sequence[Word], place: int, month: int, near: tuple[int | None, int | None, int | None]
) -> Stated | None:
    """Tell the day from the year among the figures before and after the month's name."""
    before, after, later = near
    used = [place]
    day = year = None
    if before is not None and _is_day(found[before].key):
        day = before
    elif before is not None and _is_year(found[before].key):
        year = before
    if after is not None and _is_year(found[after].key) and year is None:
        year = after
    elif after is not None and _is_day(found[after].key) and day is None:
        day = after
        if later is not None and _is_year(found[later].key) and year is None:
            year = later
    if day is None and year is None:
        return None
    used += [number for number in (day, year) if number is not None]
    start, end = min(found[number].start for number in used), max(found[number].end for number in used)
    stated = Day(
        None if year is None else int(found[year].key), month, None if day is None else int(found[day].key)
    )
    return Stated((stated,), (), start, end)


def _figure(found: Sequence[Word], place: int, step: int) -> int | None:
    """The next number in one direction, over at most two short words."""
    for distance in range(1, _MOST_FILLERS + 2):
        other = place + step * distance
        if not 0 <= other < len(found):
            return None
        low, high = sorted((place, other))
        if found[high].start - found[low].end > _LONGEST_GAP:
            return None
        if found[other].digits:
            return other
    return None


def _is_day(key: str) -> bool:
    return key.isdigit() and len(key) <= 2 and 1 <= int(key) <= 31


def _is_year(key: str) -> bool:
    return key.isdigit() and 3 <= len(key) <= 4


def _number(plain: str, start: int, end: int, language: str) -> Stated:
    digits = plain[start:end]
    sign = -1.0 if start and plain[start - 1] == "-" and (start < 2 or plain[start - 2] in " (") else 1.0
    written = tuple(sign * number for number in readings(digits))
    rest = plain[end : end + 40]
    scale, used = _magnitudes(rest, language)
    unit, unit_end = _unit(rest[used:], language)
    written = tuple(number * scale for number in written)
    precision = 0
    if scale > 1 or (len(written) == 1 and "." in digits.replace(",", ".")):
        precision = sum(sign.isdigit() for sign in digits.lstrip("0.,"))
    dimension, factor, offset = unit
    amount = Amount(written, dimension, tuple(number * factor + offset for number in written), precision)
    days: tuple[Day, ...] = ()
    if digits.isdigit() and len(digits) == 4 and _EARLIEST <= int(digits) <= _LATEST and scale == 1:
        if digits.endswith("0") and _DECADE.match(rest):
            return Stated((Day(int(digits), decade=True),), (), start, end)
        days = () if dimension else (Day(int(digits)),)
    return Stated(days, (amount,), start, end + used + unit_end)


def readings(digits: str) -> tuple[float, ...]:
    """The numbers that a group of digits may mean: ``1.234`` is 1234 or 1.234."""
    bare = "".join(sign for sign in digits if sign.isdigit())
    if len(bare) > _MOST_DIGITS:
        return (float(bare),)
    marks = [sign for sign in digits if sign in ".,"]
    if not marks:
        return (float(bare),)
    last = max(digits.rfind("."), digits.rfind(","))
    decimal = float(
        "".join(sign for sign in digits[:last] if sign.isdigit())
        + "."
        + "".join(sign for sign in digits[last:] if sign.isdigit())
    )
    if len(digits) - last - 1 != 3:
        return (decimal,)
    if len(marks) > 1:
        return (float(bare),) if len(set(marks)) == 1 else (decimal,)
    return (float(bare), decimal)


def _magnitudes(rest: str, language: str) -> tuple[float, int]:
    """What the words behind a number multiply it by, and where they end: "3 mil millones"."""
    scale, used = 1.0, 0
    for _ in range(_MOST_MAGNITUDES):
        factor, length = _magnitude(rest[used:], language)
        if not length:
            break
        scale, used = scale * factor, used + length
    return scale, used


def _magnitude(rest: str, language: str) -> tuple[float, int]:
    match = regex.match(rf"[{_SPACES}-]?(\p{{L}}[\p{{L}}\p{{M}}]*)\.?", rest)
    if match is None:
        return 1.0, 0
    from kgalign.verify.words import word_key

    factor = magnitude_of(word_key(match[1]), language)
    return (1.0, 0) if factor is None else (factor, match.end())


def _unit(rest: str, language: str) -> tuple[tuple[str, float, float], int]:
    """The unit that a text begins with, and where it ends."""
    known = units(language)
    ends = [match.end() for match in _UNIT_PART.finditer(rest)][:_MOST_UNIT_WORDS]
    for end in reversed(ends):
        spelt = rest[:end].strip(_SPACES + "()-").rstrip(".").replace("-", " ")
        if _FIGURE_IN_UNIT.search(spelt):
            continue
        # The table has "km2" for "km²".
        spelt = unicodedata.normalize("NFKC", spelt)
        for form in (spelt, spelt.lower(), spelt.lower().removesuffix("s")):
            if form in known:
                return known[form], end
    return ("", 1.0, 0.0), 0
