from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import pytest
from babel.units import format_unit
from hypothesis import given, settings
from hypothesis import strategies as st

from kgalign.align.values.literals import literals
from kgalign.align.values.quantities import quantities

MakeAttributes = Callable[[Sequence[str]], pl.DataFrame]


def read(attributes: MakeAttributes, written: str) -> tuple[float, str] | None:
    found = quantities(literals(attributes([written])))
    return (found["amount"][0], found["dimension"][0]) if found.height else None


@pytest.mark.parametrize(
    ("written", "amount", "dimension"),
    [
        ("12 km", 12000, "m"),
        ("12km", 12000, "m"),
        ("12^^dbt:kilometre", 12000, "m"),
        ("12,5 km²", 12.5e6, "m^2"),
        ("5 ft", 1.524, "m"),
        ("１２．５ｋｍ", 12500, "m"),
        ("१२ किमी@hi", 12000, "m"),
        ("١٢٫٥ كم", 12500, "m"),
        ("100 км@ru", 100000, "m"),
        ("5.000 Kilometer@de", 5e6, "m"),
        ("1.2 million km2", 1.2e12, "m^2"),
        ("3 тыс. км@ru", 3e6, "m"),
        ("12万", 120000, ""),
        ("50 MW", 5e7, "kg.m^2.s^-3"),
        ("50 mW", 0.05, "kg.m^2.s^-3"),
        ("-5 °C", 268.15, "K"),
        ("1 kg/m³", 1, "kg.m^-3"),
        ("15.5^^dbt:usDollar", 15.5, "usDollar"),
        ("~500 km", 500000, "m"),
        ("1,234", 1234, ""),
        ("1,234@de", 1.234, ""),
        ("1.234", 1.234, ""),
        ("1.234@de", 1234, ""),
        ("1.234.567,8", 1234567.8, ""),
        ("1,234,567.8", 1234567.8, ""),
        ("12,34,567", 1234567, ""),
        ("1 234 567", 1234567, ""),
        ("1'234'567", 1234567, ""),
        ("+1.50", 1.5, ""),
        ("1e3", 1000, ""),
        ("3.5E3^^xsd:double", 3500, ""),
        ("007^^xsd:integer", 7, ""),
        (".5^^xsd:decimal", 0.5, ""),
    ],
)
def test_numbers_and_units(attributes: MakeAttributes, written: str, amount: float, dimension: str) -> None:
    assert read(attributes, written) == (pytest.approx(amount, rel=1e-11), dimension)


@pytest.mark.parametrize(
    "written",
    [
        "007",
        "08 57331500",
        "12345678901234567",
        "12345678901234567^^xsd:integer",
        "10 apples",
        "1.2.3",
        "1e400",
        "NaN^^xsd:double",
        "INF^^xsd:double",
        "50 mw",
        "",
        "km",
        "1969-05-05",
    ],
)
def test_what_is_no_number(attributes: MakeAttributes, written: str) -> None:
    assert read(attributes, written) is None


@settings(deadline=None)
@given(st.integers(1, 10**14), st.sampled_from([",", " ", "'", ".", "\u202f"]))
def test_grouped_digits_are_the_number(number: int, separator: str) -> None:
    written = f"{number:,}".replace(",", separator)
    frame = pl.DataFrame({"value": [written], "language": ["de" if separator == "." else None]})
    found = quantities(literals(frame.with_columns(datatype=pl.lit(None, pl.String))))
    assert found["amount"].to_list() == [number]


@pytest.mark.parametrize("language", ["en", "de", "fr", "ru", "hi", "ja", "zh", "ar", "es", "pl", "tr", "uk"])
@pytest.mark.parametrize("unit", ["length-kilometer", "mass-kilogram", "area-square-kilometer"])
def test_units_are_read_as_the_cldr_writes_them(attributes: MakeAttributes, language: str, unit: str) -> None:
    written = format_unit(1234.5, unit, "short", locale=language)
    factor = {"length-kilometer": 1e3, "mass-kilogram": 1.0, "area-square-kilometer": 1e6}[unit]
    found = read(attributes, f"{written}@{language}")
    assert found is not None
    assert found[0] == pytest.approx(1234.5 * factor)
