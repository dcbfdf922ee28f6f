"""The plain check of emitted texts: what it finds, and that it finds nothing where templates write."""

from __future__ import annotations

import pytest
from generation import Item, described, read, templates_of
from string_check import Tally, Vocabulary, checked, unsupported

from kgalign.generate import Example, TemplateRealiser
from kgalign.verify import Fact, Name, Term

SEEN = Vocabulary.of(["It is an American film."] * 9 + ["यह एक फ़िल्म है।"] * 9)


def fact(subject: str, relation: str, thing: str, language: str = "en") -> Fact:
    return Fact(
        subject=Term(value=subject, names=(Name(text=subject, language=language),)),
        relation=Term(value=relation),
        object=Term(value=thing, literal=thing[:1].isdigit()),
    )


FACTS = (
    fact("Marie_Curie", "birthPlace", "Warsaw"),
    fact("Marie_Curie", "birthDate", "1867-11-07"),
    fact("Marie_Curie", "citations", "1234567.50"),
    fact("Marie_Curie", "mass", "1.5E4"),
    fact("Marie_Curie", "1stHonour", "Legion of Honour"),
    fact("Marie_Curie", "friend", "McVeagh"),
)


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Marie Curie was born in Warsaw on 7 November 1867.", "en", []),
        ("Curie has 1,234,567.5 citations (1234567), weighs 15,000 and got her 1st honour.", "en", []),
        ("Marie Curie has 12,34,567.5 citations, १८६७.", "en", []),
        ("Curie has 1\u00a0234\u202f567,5 citations.", "ru", []),
        ("Curie was a friend of McVeagh.", "en", []),
        ("Curie was born in 1868.", "en", [("figure", "1868")]),
        ("Curie has 1,234,568 citations or 1,2 million.", "en", [("figure", "1,234,568"), ("figure", "1,2")]),
        ("She has १८६८ citations.", "en", [("figure", "१८६८")]),
        ("The Warsaw scientist met Albert Einstein. Later she died.", "en",
         [("name", "Albert"), ("name", "Einstein")]),
        ("The film by A. B. Curie is American.", "en",
         [("name", "A"), ("name", "B"), ("common name", "American")]),
        ("She was born in Варшава by Warsaws.", "en", [("name", "Варшава")]),
        ("Мария Curie и Эйнштейн.", "ru", [("name", "Эйнштейн")]),
        ("यह एक फ़िल्म है Warsaw Berlin कानपुर।", "hi", [("name", "Berlin"), ("word", "कानपुर")]),
        ("Sie mag den American Film und Warschau.", "de", [("name", "Film")]),
    ],
)  # fmt: skip
def test_what_no_fact_has_is_found(text: str, language: str, found: list[tuple[str, str]]) -> None:
    assert [(each.kind, each.text) for each in unsupported(text, FACTS, language, SEEN)] == found


def test_places_are_those_of_the_text() -> None:
    text = "Curie met Albert in 1903."
    assert [text[each.start :][: len(each.text)] for each in unsupported(text, FACTS, "en", SEEN)] == [
        "Albert",
        "1903",
    ]


def test_names_of_the_cldr_and_months_are_known() -> None:
    facts = (fact("X", "country", "Germany"), fact("X", "date", "1867-11-07"))
    assert unsupported("Это Германия, Ноября 7.", facts, "ru", Vocabulary({})) == []


def looked_at(name: str, train: int, test: int) -> tuple[Tally, list[Example], list[Item], list[str]]:
    language, _, examples, items = read(name, train, test)
    if not examples or not items:
        pytest.skip(f"the benchmark data of {name} (../shared/data) is not here")
    texts = [each.text for each in described(TemplateRealiser(templates_of(examples)), items, language)]
    pairs = ((text, item.facts, language) for text, item in zip(texts, items, strict=True))
    return checked(pairs, Vocabulary.of(each.text for each in examples)), examples, items, texts


@pytest.mark.parametrize(("name", "train", "test"), [("webnlg-en", 40, 60), ("webnlg-ru", 20, 30)])
def test_verified_texts_hold_no_figure_and_no_name_of_their_own(name: str, train: int, test: int) -> None:
    tally, examples, items, texts = looked_at(name, train, test)
    assert tally.texts > 5 and tally.names > 20
    assert tally.of("figure") == []
    assert tally.of("name") == []
    # The same check of texts that belong to other facts: it would notice.
    language = name.removeprefix("webnlg-")
    shifted = [*items[1:], items[0]]
    wrong = checked(
        ((text, item.facts, language) for text, item in zip(texts, shifted, strict=True)),
        Vocabulary.of(each.text for each in examples),
    )
    assert len(wrong.of("name")) > 10


@pytest.mark.full
@pytest.mark.parametrize("name", ["webnlg-en", "webnlg-ru", "xalign-mr", "xalign-gu"])
def test_no_figure_is_told_that_no_fact_has(name: str) -> None:
    tally, *_ = looked_at(name, 12, 10)
    print(tally.figures_told())
    assert tally.figures > 5
    assert tally.of("figure") == []
