from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgalign.align.values.cleaning import cleaned, folded


def fold(text: str) -> str:
    return pl.DataFrame({"text": [text]}).select(folded(cleaned(pl.col("text"))))["text"][0]


def clean(text: str) -> str:
    return pl.DataFrame({"text": [text]}).select(cleaned(pl.col("text")))["text"][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Ｔokyo \t Tower\n", "Tokyo Tower"),
        ("१२३ ١٢٣ ۱۲۳ １２３", "123 123 123 123"),
        ("١٢٫٥", "12.5"),
        ("−5", "-5"),
        ("48º", "48°"),
        ("\u200f06\u200f/05", "06/05"),
    ],
)
def test_forms_that_mean_the_same_are_written_alike(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café-de-Flore", "cafe de flore"),
        ("Straße", "STRASSE"),
        ("O'Brien", "o’brien"),
        ("ガ", "ｶﾞ"),
        ("Ελλάς", "ΕΛΛΑΣ"),
        ("كِتَاب", "كتاب"),
    ],
)
def test_case_accents_and_punctuation_do_not_count(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("कि", "का"), ("क", "क्"), ("か", "が"), ("C#", "C"), ("50 %", "50")]
)
def test_parts_of_letters_count(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@settings(deadline=None)
@given(st.text())
def test_folding_leaves_no_case_nor_space_at_the_ends(text: str) -> None:
    found = fold(text)
    assert found == found.strip(" ")
    assert found == found.lower()
    assert "  " not in found
