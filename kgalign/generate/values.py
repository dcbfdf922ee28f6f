"""Dates, numbers and quantities as a language writes them, by the Unicode CLDR.

Digits are Western ones in every language, grouped as the language groups them: they are read everywhere.
A form may ask for the language's own digits, or for a part of a date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

import regex
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from babel.units import UnknownUnitError, format_unit

from kgalign.generate.spelling import JOIN
from kgalign.verify.names import spaced
from kgalign.verify.verdicts import Term

YEAR, DAY_FIRST, MONTH_FIRST, AS_WRITTEN, UNGROUPED = (
    "year",
    "day first",
    "month first",
    "as written",
    "plain",
)
DAY, MONTH, MONTH_ALONE, SHORT_MONTH, MONTH_NUMBER = (
    "day",
    "month",
    "month alone",
    "short month",
    "month number",
)
BARE, BARE_UNGROUPED, NATIVE = "bare", "bare plain", "native"
VALUE_FORMS = (
    YEAR, DAY_FIRST, MONTH_FIRST, AS_WRITTEN, UNGROUPED, DAY, MONTH, MONTH_ALONE, SHORT_MONTH, MONTH_NUMBER,
    BARE, BARE_UNGROUPED, NATIVE,
)  # fmt: skip
# The sign for nought of the numbering systems that Unicode writes with ten signs in a row.
_NOUGHTS = {
    "arab": "٠", "arabext": "۰", "beng": "০", "deva": "०", "gujr": "૦", "guru": "੦", "khmr": "០", "knda": "೦",
    "laoo": "໐", "mlym": "൦", "mymr": "၀", "orya": "୦", "tamldec": "௦", "telu": "౦", "thai": "๐", "tibt": "༠",
}  # fmt: skip
_DATE = regex.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T[\d:.]*)?(?:Z|[+-]\d{2}:\d{2})?")
_IN_ENGLISH = regex.compile(r"(?:(\d{1,2}) )?(\p{L}+) (\d{4})")
_MONTH = regex.compile(r"(\d{4})-(\d{2})(?:Z|[+-]\d{2}:\d{2})?")
_YEAR = regex.compile(r"(\d{4})(?:Z|[+-]\d{2}:\d{2})?")
_NUMBER = regex.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_WITH_UNIT = regex.compile(r"([-+]?\d[\d.,]*(?:E-?\d+)?) ?\(([\p{L} ]+)\)")
# Codes that only look like numbers: those of telephones, for one.
_CODE = regex.compile(r"\+|0\d")
_YEARS = ("gYear",)
_TEXTS = ("string", "langString", "anyURI", "boolean")
_MOST_DIGITS = 15


@dataclass(frozen=True)
class _Quantity:
    number: Decimal
    unit: str | None


def worded_value(term: Term, language: str, form: str = "") -> str | None:
    """A literal in words of *language*; None if it is no date, number or quantity that can be written."""
    forms = value_forms(term, language)
    return forms.get(form) or date_parts(term, language).get(form) or forms.get("")


def value_forms(term: Term, language: str) -> dict[str, str]:
    """All forms of a whole literal by their names, the usual one ("") first; empty if there are none."""
    return dict(_forms(term.value.strip(), _local(term.datatype), language))


def date_parts(term: Term, language: str) -> dict[str, str]:
    """The day, month and year of a date by the names of their forms; empty if it is none."""
    return dict(_parts(term.value.strip(), _local(term.datatype), language))


@cache
def _forms(value: str, datatype: str | None, language: str) -> tuple[tuple[str, str], ...]:
    return _with_native(_western_forms(value, datatype, language), language)


@cache
def _parts(value: str, datatype: str | None, language: str) -> tuple[tuple[str, str], ...]:
    stated = None if datatype in _TEXTS else _stated_day(value, datatype)
    if stated is None:
        return ()
    day, known = stated
    locale = _locale(language)
    found = [
        (MONTH, locale.months["format"]["wide"][day.month]),
        (MONTH_ALONE, locale.months["stand-alone"]["wide"][day.month]),
        (SHORT_MONTH, locale.months["format"]["abbreviated"][day.month]),
        (MONTH_NUMBER, str(day.month)),
        (YEAR, str(day.year)),
    ]
    return _with_native([*([(DAY, str(day.day))] if known else []), *found], language)


def _with_native(forms: Sequence[tuple[str, str]], language: str) -> tuple[tuple[str, str], ...]:
    """*forms*, and those with digits once more in the language's own."""
    locale = _locale(language)
    system = locale.other_numbering_systems.get("native", locale.default_numbering_system)
    nought = _NOUGHTS.get(system)
    if nought is None:
        return tuple(forms)
    own = {ord("0") + number: chr(ord(nought) + number) for number in range(10)}
    native = [
        (JOIN.join(part for part in (form, NATIVE) if part), text.translate(own))
        for form, text in forms
        if text.translate(own) != text
    ]
    return (*forms, *native)


def _stated_day(value: str, datatype: str | None) -> tuple[date, bool] | None:
    """The day of a date, and whether more than its month is known; None if it is none."""
    if datatype not in (None, "date", "dateTime", "gYearMonth"):
        return None
    match = _DATE.fullmatch(value) or _MONTH.fullmatch(value)
    if match is not None:
        year, month, day = int(match[1]), int(match[2]), int(match[3]) if match.re is _DATE else None
    else:
        match = _IN_ENGLISH.fullmatch(value)
        month = _english_months().get(match[2].casefold(), 0) if match is not None else 0
        if match is None or not month:
            return None
        year, day = int(match[3]), int(match[1]) if match[1] else None
    try:
        return date(year, month, day or 1), day is not None
    except ValueError:
        return None


@cache
def _english_months() -> dict[str, int]:
    return {name.casefold(): number for number, name in Locale("en").months["format"]["wide"].items()}


def _western_forms(value: str, datatype: str | None, language: str) -> tuple[tuple[str, str], ...]:
    locale = _locale(language)
    if datatype in _TEXTS:
        return ()
    stated = _stated_day(value, datatype)
    if stated is not None:
        day, known = stated
        return tuple(_date_forms(value, day, locale) if known else _month_forms(day, locale))
    year = _YEAR.fullmatch(value)
    if year is not None and (datatype in _YEARS or datatype is None):
        return (("", year[1]),)
    if datatype in ("date", "dateTime", "gYearMonth", *_YEARS):
        return ()
    if datatype is None and _CODE.match(value):
        return ()
    quantity = _quantity(value, datatype)
    return () if quantity is None else tuple(_number_forms(quantity, value, locale))


def _date_forms(value: str, day: date, locale: Locale) -> list[tuple[str, str]]:
    forms = [("", format_date(day, "long", locale)), (YEAR, str(day.year))]
    for form, pattern in ((DAY_FIRST, "d MMMM y"), (MONTH_FIRST, "MMMM d, y")):
        forms.append((form, format_date(day, pattern, locale)))
    written = _DATE.fullmatch(value)
    return [*forms, (AS_WRITTEN, value[:10] if written else value)]


def _month_forms(day: date, locale: Locale) -> list[tuple[str, str]]:
    return [("", format_skeleton("yMMMM", day, locale=locale)), (YEAR, str(day.year))]


def _quantity(value: str, datatype: str | None) -> _Quantity | None:
    with_unit = _WITH_UNIT.fullmatch(value)
    unit = None
    if with_unit is not None:
        value, unit = with_unit[1], with_unit[2]
    elif datatype is not None and not _is_number_type(datatype):
        unit = datatype
    if not _NUMBER.fullmatch(value):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return None
    return _Quantity(number, unit)


def _is_number_type(datatype: str) -> bool:
    return datatype.lower().endswith(
        ("integer", "int", "decimal", "double", "float", "long", "short", "byte")
    )


def _number_forms(quantity: _Quantity, value: str, locale: Locale) -> list[tuple[str, str]]:
    named = None
    if quantity.unit is not None:
        named = _with_unit(quantity, locale)
        if named is None:
            return []
    decimals = max(0, -int(quantity.number.normalize().as_tuple().exponent))
    end = "." + "#" * decimals if decimals else ""
    whole = "#,##0" if _is_grouped_in_threes(locale) else "#,##,##0"
    grouped = format_decimal(quantity.number, whole + end, locale, numbering_system="latn")
    plain = format_decimal(quantity.number, "0" + end, locale, numbering_system="latn")
    if named is not None:
        return [("", named), (BARE, grouped), (BARE_UNGROUPED, plain)]
    return [("", grouped), (UNGROUPED, plain), (AS_WRITTEN, value)]


def _is_grouped_in_threes(locale: Locale) -> bool:
    return "#,##,##0" not in str(locale.decimal_formats[None].pattern)


def _with_unit(quantity: _Quantity, locale: Locale) -> str | None:
    words = spaced(str(quantity.unit)).lower().replace("metre", "meter").replace("litre", "liter").split()
    for unit in ("-".join(words), "-".join(words).removesuffix("s")):
        try:
            return str(format_unit(quantity.number, unit, "long", locale=locale, numbering_system="latn"))
        except (UnknownUnitError, KeyError, ValueError):
            continue
    return None


def _local(datatype: str | None) -> str | None:
    return None if datatype is None else datatype.replace("#", "/").rstrip("/").rsplit("/", 1)[-1]


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale("en")
