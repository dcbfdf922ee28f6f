"""Whole texts against real and small graphs."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgalign.kg import KnowledgeGraph
from kgalign.verify import Fact, FactSet, Name, Request, Term, VerifiedText, Verifier, VerifyOptions

from .conftest import PALIKIR, PARIS, fact, term

CURIE = [
    fact("Marie Curie", "birthDate", "1867-11-07"),
    fact("Marie Curie", "birthPlace", term("Warsaw", "ru:Варшава", "de:Warschau", "hi:वारसॉ")),
    fact("Marie Curie", "award", term("Nobel Prize in Physics", "de:Nobelpreis für Physik")),
    fact("Marie Curie", "award", term("Nobel Prize in Chemistry")),
]


def statuses(verified: VerifiedText) -> dict[str, str]:
    return {verified.text[each.start : each.end]: each.status for each in verified.verdicts}


def test_a_text_in_every_language_of_the_graph(verifier: Verifier) -> None:
    english = verifier.verify("Palikir is a city of Micronesia with a population of 6,942 people.", "en")
    assert english.about == PALIKIR
    assert set(statuses(english).values()) == {"supported"}
    hindi = verifier.verify("फ़्रांस की राजधानी पेरिस है और जनसंख्या ६६,९८७,२४४ है।", "hi")
    assert statuses(hindi)["पेरिस"] == statuses(hindi)["६६,९८७,२४४"] == "supported"
    french = verifier.verify("Paris est la capitale de la France.", "fr", about=PARIS)
    assert statuses(french)["France"] == "supported"


def test_another_value_of_a_functional_relation_is_contradicted(verifier: Verifier) -> None:
    verified = verifier.verify("Palikir has a population of 8,942.", "en", about=PALIKIR)
    wrong = verified.of_status("contradicted")
    assert [verified.text[each.start : each.end] for each in wrong] == ["8,942"]
    assert [(each.relation, each.object) for each in wrong[0].evidence] == [
        ("http://gazetteer.example/def/population", "6942")
    ]


def test_what_the_graph_says_nothing_of_is_unsupported() -> None:
    verified = Verifier().verify("Marie Curie met Albert Einstein in Brussels.", "en", facts=CURIE)
    assert statuses(verified)["Albert Einstein"] == statuses(verified)["Brussels"] == "unsupported"


def test_a_less_precise_date_is_supported_and_a_more_precise_one_is_not() -> None:
    text = "Marie Curie was born in 1867."
    assert statuses(Verifier().verify(text, "en", facts=CURIE))["1867"] == "supported"
    year = [fact("Marie Curie", "birthDate", "1867")]
    verified = Verifier().verify("Marie Curie was born on 7 November 1867.", "en", facts=year)
    assert statuses(verified)["7 November 1867"] == "unsupported"


def test_several_values_of_one_relation_contradict_nothing() -> None:
    verified = Verifier().verify("Marie Curie received the award Davy Medal.", "en", facts=CURIE)
    assert statuses(verified)["Davy Medal"] == "unsupported"


def test_a_place_is_where_what_it_lies_in_is() -> None:
    facts = FactSet(
        [
            *CURIE,
            *(fact(f"Town {number}", "country", f"Country {number}") for number in range(5)),
            fact("Warsaw", "country", "Poland"),
            *(
                fact(f"Land {number}", "borders", f"Country {place}")
                for number in range(4)
                for place in (1, 2)
            ),
            fact("Warsaw", "borders", "Praga"),
        ]
    )
    verified = Verifier(facts).verify("Marie Curie was born in Poland.", "en", about="Marie Curie")
    supported = verified.of_status("supported")[-1]
    assert verified.text[supported.start : supported.end] == "Poland"
    assert [each.object for each in supported.evidence] == ["Poland"]
    beside = Verifier(facts).verify("Marie Curie was born in Praga.", "en", about="Marie Curie")
    assert statuses(beside)["Praga"] != "supported"


@pytest.mark.parametrize(
    ("language", "text", "place"),
    [
        ("ru", "Мария Кюри родилась в Варшаве 7 ноября 1867 года.", "Варшаве"),
        ("de", "Marie Curie wurde am 7. November 1867 in Warschau geboren.", "Warschau"),
        ("hi", "मैरी क्यूरी का जन्म ७ नवंबर १८६७ को वारसॉ में हुआ था।", "वारसॉ"),
    ],
)
def test_inflected_and_transliterated_names_and_native_dates(language: str, text: str, place: str) -> None:
    verified = Verifier().verify(text, language, facts=CURIE[:2])
    assert statuses(verified)[place] == "supported"
    assert [each.stated for each in verified.coverage] == [True, True]
    assert not verified.of_status("contradicted")


def test_a_denial_is_contradicted() -> None:
    verified = Verifier().verify("Marie Curie was not born in Warsaw.", "en", facts=CURIE)
    assert statuses(verified)["not"] == "contradicted"
    assert statuses(verified)["Warsaw"] == "supported"


def test_omitted_facts_are_told() -> None:
    verified = Verifier().verify("Marie Curie was born in Warsaw.", "en", facts=CURIE)
    assert {each.object for each in verified.omitted} == {
        "1867-11-07", "Nobel Prize in Physics", "Nobel Prize in Chemistry",
    }  # fmt: skip


def test_verdicts_survive_json() -> None:
    verified = Verifier().verify("Marie Curie was not born in Paris in 1868. 😀", "en", facts=CURIE)
    assert VerifiedText.model_validate_json(verified.model_dump_json()) == verified


def test_one_by_one_and_together_give_the_same() -> None:
    texts = ["Marie Curie was born in Warsaw.", "Marie Curie was born in 1868.", ""]
    together = Verifier().verify_all(Request(text, "en", None, CURIE) for text in texts)
    assert together == [Verifier().verify(text, "en", facts=CURIE) for text in texts]


def test_an_empty_graph_has_nothing_to_say(tmp_path, make_graph) -> None:
    graph = make_graph("empty", "<http://a/x> <http://a/knows> <http://a/y> .\n")
    verified = Verifier(graph).verify("Marie Curie was born in Warsaw in 1867.", "en")
    assert not verified.of_status("supported")
    assert not verified.of_status("contradicted")


def test_ten_thousand_facts_about_one_entity() -> None:
    many = [fact("Marie Curie", "wrote", f"Letter {number} to {number * 7}") for number in range(10_000)]
    facts = FactSet([*CURIE, *many])
    verified = Verifier(facts).verify("Marie Curie was born in Warsaw.", "en", about="Marie Curie")
    assert statuses(verified)["Warsaw"] == "supported"
    assert len(verified.coverage) == 10_000


@pytest.mark.full
def test_a_megabyte_of_text() -> None:
    text = "Marie Curie was born in Warsaw in 1867 😀 <b>and</b> ولد في وارسو 東京 " * 14_000
    verified = Verifier().verify(text, "en", facts=CURIE)
    assert len(text) > 900_000
    assert verified.verdicts


LETTERS = "aáßБबদ東ا😀<>&\u202e\u0301 .,-'\n0123456789٣৭"
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["Marie Curie", "Warsaw", "Варшаве", "7 November 1867", "1867", "not", "born in", "May 5"]
        ),
        st.text(LETTERS, max_size=12),
    ),
    max_size=12,
).map(" ".join)


@settings(max_examples=120)
@given(TEXTS, st.sampled_from(["en", "ru", "hi", "ja", "ar", "xx"]))
def test_spans_lie_in_the_text_and_apart(text: str, language: str) -> None:
    verified = Verifier().verify(text, language, facts=CURIE)
    for verdict in verified.verdicts:
        assert 0 <= verdict.start < verdict.end <= len(text)
    for first, second in pairwise(verified.verdicts):
        assert first.end <= second.start
    assert 0 <= verified.correctness <= 1
    assert 0 <= verified.covered <= 1


@settings(max_examples=80)
@given(TEXTS, st.integers(0, len(CURIE)), st.sampled_from(CURIE))
def test_a_further_fact_takes_no_support_away(text: str, count: int, further: Fact) -> None:
    before = Verifier().verify(text, "en", facts=CURIE[:count])
    after = Verifier().verify(text, "en", facts=[*CURIE[:count], further])
    kept = after.of_status("supported")
    for verdict in before.of_status("supported"):
        assert any(each.start <= verdict.start and verdict.end <= each.end for each in kept)


def test_names_of_the_graph_without_a_fact_are_found_in_lower_scripts(gazetteer: KnowledgeGraph) -> None:
    verified = Verifier(gazetteer, VerifyOptions(language="hi")).verify("पालीकिर और फ़्रांस", about=PALIKIR)
    assert statuses(verified)["फ़्रांस"] == "unsupported"


def test_literals_with_names_in_them_are_found_by_name() -> None:
    office = Fact(
        subject=term("Buzz Aldrin"),
        relation=term("almaMater"),
        object=Term(
            value="Massachusetts Institute of Technology, Sc.D. 1963",
            literal=True,
            names=(Name(text="Massachusetts Institute of Technology, Sc.D. 1963"),),
        ),
    )
    text = "Buzz Aldrin graduated from the Massachusetts Institute of Technology in 1963."
    verified = Verifier().verify(text, "en", facts=[office])
    assert statuses(verified)["1963"] == "supported"
