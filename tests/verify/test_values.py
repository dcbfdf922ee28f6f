"""When a value of a text is supported by one of a fact."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kgalign.verify.literal_values import LiteralValues
from kgalign.verify.scanning import stated_in
from kgalign.verify.values import Day, Stated, supports
from kgalign.verify.verdicts import Term
from kgalign.verify.words import words

DAYS = st.builds(Day, st.integers(1, 2100), st.integers(1, 12), st.integers(1, 28))


def said(text: str) -> Stated:
    return stated_in(text, words(text), "en")[0]


def known(value: str) -> Stated:
    return LiteralValues().of(Term(value=value, literal=True))[0]


@given(DAYS)
def test_less_precise_is_supported_by_more_precise_only(day: Day) -> None:
    whole = Stated((day,))
    for part in (Day(day.year, day.month), Day(day.year)):
        assert supports(whole, Stated((part,))) == 1
        assert supports(Stated((part,)), whole) < 1
    assert supports(whole, Stated((Day((day.year or 0) + 1, day.month, day.day),))) == 0


def test_rounded_and_converted_numbers() -> None:
    assert supports(known("1912345"), said("1.9 million")) == 1
    assert supports(known("1960000"), said("1.9 million")) == 0
    assert supports(known("185.0 (centimetres)"), said("185 cm")) == 1
    assert supports(known("185.0 (centimetres)"), said("1.85 m")) == 1
    assert supports(known("507"), said("507 metres")) == 1
    assert supports(known("507"), said("570 metres")) == 0
