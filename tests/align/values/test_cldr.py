from __future__ import annotations

import re

import polars as pl
import pytest

from kgalign.align.values.cldr import comma_languages, era_names, month_names, unit_spellings


@pytest.mark.parametrize(
    ("name", "language", "month"),
    [
        ("may", "", 5),
        ("мая", "", 5),
        ("aout", "", 8),
        ("listopad", "hr", 10),
        ("listopad", "cs", 11),
        ("मई", "hi", 5),
    ],
)
def test_months(name: str, language: str, month: int) -> None:
    found = month_names(()).filter((pl.col("name") == name) & (pl.col("language") == language))
    assert found["month"].to_list() == [month]


def test_a_month_on_which_languages_disagree_needs_its_language() -> None:
    assert month_names(()).filter((pl.col("name") == "listopad") & (pl.col("language") == "")).height == 0


def test_each_language_has_its_own_months() -> None:
    # babel shares what locales inherit, and reading one could change what another reads.
    hebrew = month_names(()).filter(pl.col("name").str.contains(r"\p{Hebrew}"))
    assert set(hebrew["language"]) == {"", "he"}


def test_further_languages_can_be_asked_for() -> None:
    assert month_names(()).filter(pl.col("language") == "cy").height == 0
    welsh = month_names(("cy", "no-such-language"))
    assert welsh.filter((pl.col("language") == "cy") & (pl.col("name") == "mai"))["month"].to_list() == [5]
    # What a text without a language means doesn't depend on them.
    of_any = pl.col("language") == ""
    assert welsh.filter(of_any).equals(month_names(()).filter(of_any))


def test_eras() -> None:
    before, after = (re.compile(names) for names in era_names())
    assert before.fullmatch("bc") and before.fullmatch("до н э") and before.fullmatch("紀元前")
    assert after.fullmatch("ad")
    assert not before.fullmatch("mo") and not before.fullmatch("ac")


@pytest.mark.parametrize(
    ("spelling", "factor"),
    [("km", 1e3), ("км", 1e3), ("किमी", 1e3), ("km2", 1e6), ("MW", 1e6), ("mW", 1e-3), ("kilometres", 1e3)],
)
def test_units(spelling: str, factor: float) -> None:
    found = unit_spellings(()).filter((pl.col("spelling") == spelling) & (pl.col("language") == ""))
    assert found["factor"].to_list() == [pytest.approx(factor)]


def test_a_spelling_of_two_units_is_none() -> None:
    assert unit_spellings(()).filter((pl.col("spelling") == "mw") & (pl.col("language") == "")).height == 0


def test_decimal_commas() -> None:
    assert {"de", "fr", "ru"} <= set(comma_languages())
    assert not {"en", "ja", "hi"} & set(comma_languages())
