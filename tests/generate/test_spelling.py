"""Names in part and with other endings, dates in parts, and the language's own digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.generate import Example
from kgalign.generate.learning import found_terms, with_slots
from kgalign.generate.lexicalise import spelling, worded
from kgalign.generate.spelling import respelt, spelt
from kgalign.generate.template import Slot
from kgalign.generate.values import date_parts, value_forms, worded_value
from kgalign.verify.evidence import Gatherer
from kgalign.verify.verdicts import Fact, Name, Term

WORDS = st.text(alphabet="abcdeéАБабвгмир", min_size=2, max_size=9)


def written(said: str, name: str) -> str | None:
    parts = spelt(said, name)
    if parts is None:
        return None
    text, end = "", 0
    for part in parts:
        text += said[end : part.start] + respelt(name, part.form)
        end = part.end
    return text + said[end:]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Италии", "Италия"),
        ("Соединённых Штатах", "Соединённые Штаты Америки"),
        ("Баззом Олдрином", "Олдрин, Базз"),
        ("Aldrin", "Buzz Aldrin"),
        ("fighter pilot", "Fighter pilot"),
        ("मुंबईत", "मुंबई"),
        ("Merkels", "Angela Merkel"),
    ],
)
def test_a_name_in_a_text_is_written_by_its_forms(said: str, name: str) -> None:
    parts = spelt(said, name)
    assert parts is not None and all(part.form for part in parts if said[part.start : part.end] != name)
    assert written(said, name) == said


@pytest.mark.parametrize(
    ("said", "name"), [("Рим", "Париж"), ("7", "Area 51"), ("", "Rome"), ("Paris", "Bern")]
)
def test_other_names_have_no_such_form(said: str, name: str) -> None:
    assert spelt(said, name) is None


@given(st.lists(WORDS, min_size=1, max_size=5), st.lists(WORDS, min_size=1, max_size=5))
def test_what_is_found_can_be_written_again(said: list[str], name: list[str]) -> None:
    text = written(" ".join(said), " ".join(name))
    assert text is None or text == " ".join(said)


@given(
    st.text(max_size=12),
    st.lists(st.sampled_from(["lower", "word 2", "word 6", "cut 1", "cut 5"]), max_size=4),
)
def test_no_form_takes_all_of_a_name(name: str, parts: list[str]) -> None:
    assert bool(respelt(name, "+".join(parts))) == bool(name)


def date(value: str) -> Term:
    return Term(value=value, literal=True, names=(Name(text=value),))


def test_a_date_in_english_words_is_a_date() -> None:
    assert worded_value(date("23 January 1929"), "de") == "23. Januar 1929"
    assert worded_value(date("January 1929"), "ru") == "январь 1929\u202fг."
    assert value_forms(date("Bishop 1929"), "de") == {}


def test_parts_and_own_digits_of_a_date() -> None:
    parts = date_parts(date("1929-01-23"), "mr")
    assert (parts["day"], parts["month"], parts["year"]) == ("23", "जानेवारी", "1929")
    assert parts["day+native"] == "२३" and worded_value(date("1929-01-23"), "mr", "year+native") == "१९२९"
    assert not any("native" in form for form in date_parts(date("1929-01-23"), "fr"))


def test_a_date_in_its_own_order_is_learnt_in_parts() -> None:
    born = Fact(
        subject=Term(value="p", names=(Name(text="Ian Thomson", language="en"),)),
        relation=Term(value="born"),
        object=date("23 January 1929"),
    )
    text = "थॉमसन (जानेवारी २३, इ.स. १९२९)"
    gatherer = Gatherer()
    gatherer.read([[born]])
    example = Example(text, "mr", (born,))
    pieces = with_slots(text, found_terms(example, [born], gatherer, respelt=True))
    forms = [piece.form for piece in pieces if isinstance(piece, Slot) and piece.number == 1]
    assert forms == ["month", "day+native", "year+native"]
    assert not any(isinstance(piece, str) and any(sign.isdigit() for sign in piece) for piece in pieces)


def test_a_spelling_is_used_and_marked() -> None:
    term = Term(value="p", names=(Name(text="Ian Thomson", language="en"),))
    assert (found := worded(term, "mr")) is not None and found.origin == "foreign script"
    term = term.model_copy(update={"names": (spelling("इयान थॉमसन", "mr"), *term.names)})
    assert (found := worded(term, "mr")) is not None
    assert (found.text, found.origin) == ("इयान थॉमसन", "transliterated")
    named = term.model_copy(update={"names": (Name(text="Иэн Томсон", language="ru"), *term.names)})
    assert (found := worded(named, "ru")) is not None and found.origin == "label"
