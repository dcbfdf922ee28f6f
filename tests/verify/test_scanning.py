"""Dates and numbers in running text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.verify.scanning import ascii_digits, readings, stated_in
from kgalign.verify.values import Day, Stated
from kgalign.verify.words import words


def found(text: str, language: str) -> list[tuple[str, Stated]]:
    return [(text[each.start : each.end], each) for each in stated_in(text, words(text), language)]


@pytest.mark.parametrize(
    ("language", "text", "span", "day"),
    [
        ("en", "born on October 13, 1964 in", "October 13, 1964", Day(1964, 10, 13)),
        ("en", "on 2013-09-28.", "2013-09-28", Day(2013, 9, 28)),
        ("de", "am 28. September 2013 eingeweiht", "28. September 2013", Day(2013, 9, 28)),
        ("ru", "родился 5 мая 1969 года", "5 мая 1969", Day(1969, 5, 5)),
        ("es", "el 22 de diciembre de 1986", "22 de diciembre de 1986", Day(1986, 12, 22)),
        ("gu", "જન્મ ૨૬ ડિસેમ્બર ૧૭૯૧ના રોજ", "૨૬ ડિસેમ્બર ૧૭૯૧", Day(1791, 12, 26)),
        ("as", "৫ জানুৱাৰীত ১৯৮০ চনত", "৫ জানুৱাৰীত ১৯৮০", Day(1980, 1, 5)),
        ("ja", "1990年1月3日に", "1990年1月3日", Day(1990, 1, 3)),
        ("en", "in the 1990s", "1990", Day(1990, decade=True)),
    ],
)
def test_dates(language: str, text: str, span: str, day: Day) -> None:
    ((where, stated),) = found(text, language)
    assert where == span
    assert stated.days == (day,)


def test_figures_that_may_be_two_days_are_both() -> None:
    ((_, stated),) = found("05/06/1969", "en")
    assert set(stated.days) == {Day(1969, 6, 5), Day(1969, 5, 6)}


@pytest.mark.parametrize(
    ("language", "text", "written", "dimension"),
    [
        ("en", "1.9 million people", (1_900_000.0,), ""),
        ("ru", "1,9 млн человек", (1_900_000.0,), ""),
        ("en", "1,234.5 square kilometres", (1234.5,), "m^2"),
        ("de", "1.234 Meter hoch", (1234.0, 1.234), "m"),
        ("fr", "66 987 244 habitants", (66_987_244.0,), ""),
        ("hi", "६६,९८७,२४४ लोग", (66_987_244.0,), ""),
        ("en", "at -12 °C", (-12.0,), "K"),
        ("es", "unos 556 millones de dólares", (556e6,), ""),
        ("es", "unos 3 mil millones de dólares", (3e9,), ""),
        ("es", "una superficie de 131,6 km2 y", (131.6,), "m^2"),
        ("de", "eine Fläche von 55,4 km².", (55.4,), "m^2"),
        ("mr", "ते इ.स.१९४७ मध्ये", (1947.0,), ""),
        ("hi", "5 कि.मी. लंबा", (5.0,), ""),
    ],
)
def test_numbers(language: str, text: str, written: tuple[float, ...], dimension: str) -> None:
    ((_, stated),) = found(text, language)
    (amount,) = stated.amounts
    assert amount.written == pytest.approx(written)
    assert amount.dimension == dimension


@given(st.integers(0, 10**12))
def test_grouped_digits_are_read_as_the_number_that_was_grouped(number: int) -> None:
    assert float(number) in readings(f"{number:,}")
    assert float(number) in readings(f"{number:,}".replace(",", "."))


@given(st.text(max_size=80))
def test_values_lie_in_the_text_and_apart(text: str) -> None:
    assert len(ascii_digits(text)) == len(text)
    place = 0
    for each in stated_in(text, words(text), "en"):
        assert place <= each.start < each.end <= len(text)
        place = each.end
