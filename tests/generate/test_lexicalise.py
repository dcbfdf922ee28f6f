"""Names and values in the target language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.generate import Wording, worded
from kgalign.generate.values import value_forms
from kgalign.verify import Name, Term

_XSD = "http://www.w3.org/2001/XMLSchema#"


def entity(*names: tuple[str, str | None]) -> Term:
    return Term(value="x", names=tuple(Name(text=text, language=tag) for text, tag in names))


def test_where_names_come_from() -> None:
    assert worded(entity(("Paris", "fr"), ("पेरिस", "hi")), "hi") == Wording("पेरिस", "label", "hi")
    assert worded(entity(("France", "en")), "hi") == Wording("फ़्रांस", "CLDR", "en")
    assert worded(entity(("Palikir", "en")), "fr") == Wording("Palikir", "borrowed", "en")
    assert worded(entity(("Рыбинск", "ru")), "fr") == Wording("Rybinsk", "transliterated", "ru")
    assert worded(entity(("Palikir", "en")), "hi") == Wording("Palikir", "foreign script", "en")


def test_a_blank_or_endless_label_is_no_name() -> None:
    assert worded(entity(("", "en"), (" \n", "en")), "en") is None
    assert worded(entity(("x" * 500, "en")), "en") is None
    assert worded(entity(("A\nB\u0000", "en")), "en") == Wording("A B", "label", "en")


@pytest.mark.parametrize(
    ("value", "datatype", "language", "text"),
    [
        ("1867-11-07", "date", "fr", "7 novembre 1867"),
        ("1867-11-07", "date", "ja", "1867年11月7日"),
        ("1867", "gYear", "hi", "1867"),
        ("1352617328", "integer", "hi", "1,35,26,17,328"),
        ("45226", "decimal", "fr", "45\u202f226"),
        ("2.50", "decimal", "ru", "2,5"),
    ],
)
def test_values_by_the_cldr(value: str, datatype: str, language: str, text: str) -> None:
    term = Term(value=value, literal=True, datatype=_XSD + datatype)
    assert worded(term, language) == Wording(text, "value")


def test_a_quantity_gets_its_unit() -> None:
    area = Term(value="12.5", literal=True, datatype="http://dbpedia.org/datatype/squareKilometre")
    found = worded(area, "fr")
    assert found is not None and found.text.endswith("kilomètres carrés")


@pytest.mark.parametrize(
    ("value", "datatype"),
    [("1867-13-40", "date"), ("many", "integer"), ("NaN", "double"), ("1e999999", "double"), ("", "decimal")],
)
def test_a_malformed_literal_has_no_words(value: str, datatype: str) -> None:
    assert worded(Term(value=value, literal=True, datatype=_XSD + datatype), "en") is None


def test_a_telephone_code_stays_as_it_is() -> None:
    assert worded(Term(value="+372", literal=True, names=(Name(text="+372"),)), "en") == Wording(
        "+372", "value"
    )


@given(st.integers(-(10**14), 10**14), st.sampled_from(["en", "fr", "hi", "ja", "ru", "ar"]))
def test_digits_are_kept(number: int, language: str) -> None:
    for form, text in value_forms(
        Term(value=str(number), literal=True, datatype=_XSD + "integer"), language
    ).items():
        assert "".join(str(int(sign)) for sign in text if sign.isdigit()) == str(abs(number))
        assert text.isascii() or "native" in form or language in ("fr", "ru", "ar")


def test_of_foreign_names_a_latin_one_is_taken() -> None:
    names = tuple(
        Name(text=text, language=tag) for text, tag in (("لشبونة", "ar"), ("Lisboa", "pt"), ("Lisbon", "en"))
    )
    for own, expected in ((names, "Lisbon"), (names[:2], "Lisboa"), (names[:1], "لشبونة")):
        found = worded(Term(value="l", names=own), "hi")
        assert found is not None and (found.text, found.origin) == (expected, "foreign script")
