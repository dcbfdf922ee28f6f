from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

import polars as pl
import pytest
from babel.dates import format_date
from hypothesis import given, settings
from hypothesis import strategies as st

from kgalign.align.values.cldr import USUAL_LANGUAGES
from kgalign.align.values.dates import dates
from kgalign.align.values.literals import literals

MakeAttributes = Callable[[Sequence[str]], pl.DataFrame]


def read(attributes: MakeAttributes, written: str) -> tuple[int, int | None, int | None] | None:
    found = dates(literals(attributes([written])))
    return found.select("year", "month", "day").row(0) if found.height else None


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("1969-05-05^^xsd:date", (1969, 5, 5)),
        ("1969-05-05+02:00^^xsd:date", (1969, 5, 5)),
        ("1969-05-05T23:30:00.5Z^^xsd:dateTime", (1969, 5, 5)),
        ("1969^^xsd:gYear", (1969, None, None)),
        ("1969-05^^xsd:gYearMonth", (1969, 5, None)),
        ("-0044-03-15^^xsd:date", (-44, 3, 15)),
        ("-0044", (-44, None, None)),
        ("1969-00-00^^xsd:date", (1969, None, None)),
        ("19690505", (1969, 5, 5)),
        ("1969", (1969, None, None)),
        ("1969.05.06", (1969, 5, 6)),
        ("5.6.1969", (1969, 6, 5)),
        ("25/12/1969", (1969, 12, 25)),
        ("12/25/1969", (1969, 12, 25)),
        ("05/05/1969", (1969, 5, 5)),
        ("05/06/1969", (1969, None, None)),
        ("5 May 1969", (1969, 5, 5)),
        ("May 5th, 1969", (1969, 5, 5)),
        ("5 мая 1969 г.", (1969, 5, 5)),
        ("1er août 1969", (1969, 8, 1)),
        ("५ मई १९६९", (1969, 5, 5)),
        ("1969年5月5日", (1969, 5, 5)),
        ("1969년 5월", (1969, 5, None)),
        ("紀元前44年3月15日", (-44, 3, 15)),
        ("15 марта 44 до н. э.", (-44, 3, 15)),
        ("44 BC", (-44, None, None)),
        ("AD 300", (300, None, None)),
        ("1969 г.", (1969, None, None)),
        ("c. 1500", (1500, None, None)),
        ("listopad 1969@hr", (1969, 10, None)),
        ("listopad 1969@cs", (1969, 11, None)),
        ("5 tháng 5, 1969", (1969, 5, 5)),
    ],
)
def test_dates(attributes: MakeAttributes, written: str, date: tuple[int, int | None, int | None]) -> None:
    assert read(attributes, written) == date


@pytest.mark.parametrize(
    "written",
    [
        "1969-02-30^^xsd:date",
        "1969-13-01",
        "19691301",
        "listopad 1969",
        "5 apples 1969",
        "5 May",
        "1000 m",
        "5年",
        "12 mo",
        "5-10 May 1969",
        "969",
        "05:30:00^^xsd:time",
        "--05-05^^xsd:gMonthDay",
    ],
)
def test_what_is_no_date(attributes: MakeAttributes, written: str) -> None:
    assert read(attributes, written) is None


def test_only_unclear_days_are_ambiguous(attributes: MakeAttributes) -> None:
    found = dates(literals(attributes(["05/06/1969", "05/05/1969", "5.6.1969", "1969"])))
    assert found["ambiguous"].sum() == 1


LONG_DATES = [language for language in USUAL_LANGUAGES if language not in ("ar", "as", "en-GB")]


@settings(deadline=None)
@given(
    st.dates(datetime.date(1000, 1, 1), datetime.date(2100, 12, 31)),
    st.sampled_from(LONG_DATES),
    st.sampled_from(["long", "medium"]),
)
def test_dates_are_read_as_the_cldr_writes_them(
    attributes: MakeAttributes, date: datetime.date, language: str, form: str
) -> None:
    written = format_date(date, form, locale=language)
    assert read(attributes, f"{written}@{language}") == (date.year, date.month, date.day)
