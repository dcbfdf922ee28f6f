"""Dates, numbers and quantities as a language writes them, by the Unicode CLDR.

Digits are Western ones in every language, grouped as the language groups them: they are read everywhere,
and are what the verifier reads best.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

import regex
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from babel.units import UnknownUnitError, format_unit

from kgalign.verify.names import spaced
from kgalign.verify.verdicts import Term

YEAR, DAY_FIRST, MONTH_FIRST, AS_WRITTEN, UNGROUPED = (
    "year",
    "day first",
    "month first",
    "as written",
    "plain",
)
_DATE = regex.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T[\d:.]*)?(?:Z|[+-]\d{2}:\d{2})?")
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
    return value_forms(term, language).get(form) or value_forms(term, language).get("")


def value_forms(term: Term, language: str) -> dict[str, str]:
    """All forms of a literal by their names, the usual one ("") first; empty if there are none."""
    return dict(_forms(term.value.strip(), _local(term.datatype), language))


@cache
def _forms(value: str, datatype: str | None, language: str) -> tuple[tuple[str, str], ...]:
    locale = _locale(language)
    if datatype in _TEXTS:
        return ()
    calendar = datatype is None or datatype in ("date", "dateTime", "gYearMonth", *_YEARS)
    whole = _DATE.fullmatch(value)
    if whole is not None and calendar:
        return tuple(_date_forms(value, whole, locale))
    month = _MONTH.fullmatch(value)
    if month is not None and calendar:
        return tuple(_month_forms(month, locale))
    year = _YEAR.fullmatch(value)
    if year is not None and (datatype in _YEARS or datatype is None):
        return (("", year[1]),)
    if datatype in ("date", "dateTime", "gYearMonth", *_YEARS):
        return ()
    if datatype is None and _CODE.match(value):
        return ()
    quantity = _quantity(value, datatype)
    return () if quantity is None else tuple(_number_forms(quantity, value, locale))


def _date_forms(value: str, match: regex.Match[str], locale: Locale) -> list[tuple[str, str]]:
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return []
    forms = [("", format_date(day, "long", locale)), (YEAR, str(day.year))]
    for form, pattern in ((DAY_FIRST, "d MMMM y"), (MONTH_FIRST, "MMMM d, y")):
        forms.append((form, format_date(day, pattern, locale)))
    return [*forms, (AS_WRITTEN, value[:10])]


def _month_forms(match: regex.Match[str], locale: Locale) -> list[tuple[str, str]]:
    try:
        day = date(int(match[1]), int(match[2]), 1)
    except ValueError:
        return []
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
    if quantity.unit is not None:
        named = _with_unit(quantity, locale)
        return [] if named is None else [("", named)]
    decimals = max(0, -int(quantity.number.normalize().as_tuple().exponent))
    end = "." + "#" * decimals if decimals else ""
    whole = "#,##0" if _is_grouped_in_threes(locale) else "#,##,##0"
    grouped = format_decimal(quantity.number, whole + end, locale, numbering_system="latn")
    plain = format_decimal(quantity.number, "0" + end, locale, numbering_system="latn")
    forms = {"": grouped, UNGROUPED: plain, AS_WRITTEN: value}
    return list(forms.items())


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
