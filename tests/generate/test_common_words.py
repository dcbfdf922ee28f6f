"""Words between the names of the facts, and which of them look like further names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.errors import InputError
from kgalign.generate import Example, TemplateStore, learnt
from kgalign.generate.common_words import CommonWords, WordCounter, has_word
from kgalign.verify import Fact, Name, Term

FRENCH = CommonWords({"fr": frozenset({"est", "née", "à"}), "mr": frozenset({"यांचा", "जन्म", "येथे", "झाला"})})


def born(person: str, town: str) -> Fact:
    def term(text: str) -> Term:
        return Term(value=text, names=(Name(text=text, language="en"),))

    return Fact(subject=term(person), relation=term("birth place"), object=term(town))


def test_a_rare_word_with_a_capital_within_a_sentence_looks_like_a_name() -> None:
    assert FRENCH.likely_names("fr", [None, " est née à Paris, à ", None, "."]) == ("Paris",)
    assert FRENCH.likely_names("fr", [None, " est curieusement née à ", None]) == ()
    assert FRENCH.likely_names("fr", ["Curieuse, ", None, " est née à ", None, ". Paris"]) == ()
    assert FRENCH.likely_names("fr", [None, " Paris"]) == ("Paris",)
    assert FRENCH.likely_names("fr", [None, " (Paris"]) == ("Paris",)


def test_without_capitals_every_rare_word_looks_like_a_name() -> None:
    assert FRENCH.likely_names("mr", [None, " यांचा जन्म जिन्हा येथे झाला."]) == ("जिन्हा",)


def test_where_too_few_texts_were_seen_nothing_is_a_name() -> None:
    assert FRENCH.likely_names("de", ["In Paris ist ", None]) == ()
    counter = WordCounter()
    for number in range(90):
        counter.add("de", f"person {number}", [None, " wurde geboren."])
    assert counter.common().words == {}


def test_words_that_are_not_set_apart_are_no_names() -> None:
    assert CommonWords({"ja": frozenset()}).likely_names("ja", [None, "は東京で生まれた。"]) == ()


def test_a_word_of_the_facts_own_names_is_no_stranger() -> None:
    assert has_word([born("Ada", "New York")], "york")
    assert has_word([born("Ada", "New York")], "Birth")
    assert not has_word([born("Ada", "New York")], "or")


def people(count: int) -> list[Example]:
    names = [
        f"{first}{second}" for first in ("Ab", "Ce", "Di", "Fo", "Gu") for second in map(chr, range(97, 123))
    ]
    every = [f"{first} {last}" for first in names for last in names][:count]
    return [Example(f"{each} was born in Oslo.", "en", (born(each, "Oslo"),)) for each in every]


def test_templates_with_a_name_that_no_fact_has_are_not_learnt() -> None:
    strange = Example("Zed Zod was born in Oslo near Jinnah.", "en", (born("Zed Zod", "Oslo"),))
    common = Example("Zed Zod was Born in Oslo.", "en", (born("Zed Zod", "Oslo"),))
    told = texts(learnt([*people(600), strange, common]))
    assert len(told) == 2 and not any("Jinnah" in text for text in told)
    assert any("Jinnah" in text for text in texts(learnt([*people(50), strange])))


def texts(store: TemplateStore) -> list[str]:
    return [template.text for template in store.templates]


@given(st.dictionaries(st.sampled_from(["en", "mr"]), st.frozensets(st.text(max_size=5), max_size=5)))
def test_common_words_read_back(words: dict[str, frozenset[str]]) -> None:
    told = CommonWords(words)
    assert CommonWords.from_json(told.to_json()) == told
    assert told.joined(CommonWords()) == told


@pytest.mark.parametrize("text", ["", "[1]", '{"en": 3}'])
def test_what_is_no_list_of_words_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="common words"):
        CommonWords.from_json(text)
