from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.cli.terminal import padded, printable, shortened, unmarked, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Wien", "Wien"),
        ("two\nlines\tand \x1b[31mred", "two lines and [31mred"),
        ("القاهرة", "\u2068القاهرة\u2069"),
        ("ירושלים (Jerusalem)", "\u2068ירושלים (Jerusalem)\u2069"),
        ("evil\u202etxt", "eviltxt"),
        ("東京", "東京"),
        ("क्‍ष", "क्‍ष"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(max_size=40))
def test_printable_text_is_one_line_and_closes_what_it_opens(text: str) -> None:
    shown = printable(text)
    assert not set(shown) & {chr(code) for code in (*range(32), 127, 0x202E, 0x2066, 0x2067)}
    assert shown.count("\u2068") == shown.count("\u2069") <= 1
    assert unmarked(shown) == shown.strip("\u2068\u2069")


@pytest.mark.parametrize(
    ("text", "columns"), [("Tokyo", 5), ("東京", 4), ("é", 1), ("\u2068مصر\u2069", 3), ("ｶﾅ", 2), ("", 0)]
)
def test_width(text: str, columns: int) -> None:
    assert width(text) == columns


@given(st.text(max_size=40), st.integers(1, 20))
def test_shortened_text_fits_and_is_padded(text: str, columns: int) -> None:
    short = shortened(text, columns)
    assert width(short) <= columns
    assert width(padded(short, columns)) == columns
    assert short == text or short.endswith("…")
