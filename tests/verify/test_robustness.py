"""Any text and any facts: no crash, sound spans, time and memory in proportion."""

from __future__ import annotations

import time
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgalign.kg import KnowledgeGraph
from kgalign.verify import Fact, FactSet, Term, VerifiedText, Verifier

from .conftest import fact, term

CURIE = [
    fact("Marie Curie", "birthDate", "1867-11-07"),
    fact("Marie Curie", "birthPlace", term("Warsaw", "ru:Варшава")),
    fact("Marie Curie", "award", term("Nobel Prize in Physics")),
]
REPEATED = {
    "sentences": "Marie Curie was not born in Warsaw in 1867, but Pierre Lunt won 23 prizes in May 1903. ",
    "one word": "a",
    "no punctuation": "Marie Curie was born in Warsaw in 1867 and Pierre won 23 prizes ",
    "full stops": ".",
    "markup": "<b>Warsaw</b>&amp;<i>1867</i>",
    "right to left": "ولد في وارسو \u202e",
    "emoji": "😀👩\u200d🔬",
}
SMALL, LARGE = 100_000, 1_000_000
# Ten times the text; what a busy machine adds to either is allowed for.
MOST_TIMES = 20
MOST_MEGABYTES = 600
MOST_SECONDS = 90


def repeated(name: str, length: int) -> str:
    part = REPEATED[name]
    return (part * (length // len(part) + 1))[:length]


def check(verified: VerifiedText, length: int) -> None:
    """What holds of every verified text."""
    for verdict in verified.verdicts:
        assert 0 <= verdict.start < verdict.end <= length
    for first, second in pairwise(verified.verdicts):
        assert first.end <= second.start
    assert 0 <= verified.correctness <= 1
    assert 0 <= verified.covered <= 1
    assert VerifiedText.model_validate_json(verified.model_dump_json()) == verified


def seconds(text: str) -> float:
    """Processor time that a text takes."""
    start = time.process_time()
    check(Verifier(FactSet(CURIE)).verify(text, "en", facts=CURIE), len(text))
    return time.process_time() - start


@pytest.mark.parametrize("name", REPEATED)
def test_any_long_text_is_read(name: str) -> None:
    text = repeated(name, SMALL)
    check(Verifier(FactSet(CURIE)).verify(text, "en", facts=CURIE), len(text))


@pytest.mark.full
@pytest.mark.parametrize("name", REPEATED)
def test_the_time_of_a_megabyte_grows_with_its_length(name: str) -> None:
    seconds("Marie Curie was born in 1867.")
    small, large = seconds(repeated(name, SMALL)), seconds(repeated(name, LARGE))
    assert large <= MOST_TIMES * max(small, 0.05)
    assert large <= MOST_SECONDS


@pytest.mark.full
def test_a_megabyte_takes_bounded_memory() -> None:
    text = repeated("sentences", LARGE)
    tracemalloc.start()
    try:
        Verifier(FactSet(CURIE)).verify(text, "en", facts=CURIE)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= MOST_MEGABYTES << 20


def of_many_facts(count: int) -> float:
    """Processor time of twenty sentences against an entity of so many facts."""
    facts = FactSet(
        fact("Marie Curie", "met", f"Person{number % 977} Number{number:x}son") for number in range(count)
    )
    text = "Marie Curie met Person5 Number5son. She was not in Warsaw in 1911 with Albert Einstein. " * 10
    verifier = Verifier(facts)
    start = time.process_time()
    verified = verifier.verify(text, "en", about="Marie Curie")
    spent = time.process_time() - start
    check(verified, len(text))
    assert len(verified.coverage) == count
    return spent


@pytest.mark.full
def test_the_time_of_many_facts_grows_with_their_number() -> None:
    of_many_facts(10)
    small, large = of_many_facts(1_000), of_many_facts(10_000)
    assert large <= MOST_TIMES * max(small, 0.05)


@pytest.mark.parametrize("text", ["", " \n\t\u3000", "\ud800 Warsaw \udfff", "\x00\x1b[31mWarsaw\x07"])
def test_blank_texts_and_signs_that_no_file_holds(text: str) -> None:
    verified = Verifier().verify(text, "en", facts=CURIE)
    check(verified, len(text))
    assert len(verified.text) == len(text)
    assert bool(verified.of_status("supported")) == ("Warsaw" in text)


def test_scripts_markup_and_direction_change_no_place() -> None:
    text = "😀 <b>Marie Curie</b> родилась в \u202eВаршаве\u202c, 東京, 1867 &amp; ولد"
    verified = Verifier().verify(text, "ru", facts=CURIE)
    check(verified, len(text))
    supported = {text[each.start : each.end] for each in verified.of_status("supported")}
    assert {"Marie Curie", "Варшаве", "1867"} <= supported


def test_a_graph_without_facts(make_graph) -> None:
    label = '<http://a/x> <http://www.w3.org/2000/01/rdf-schema#label> "Warsaw" .\n'
    graph: KnowledgeGraph = make_graph("bare", label)
    text = "Marie Curie was born in Warsaw in 1867."
    verified = Verifier(graph).verify(text, "en")
    check(verified, len(text))
    assert {each.status for each in verified.verdicts} == {"unsupported"}
    assert not Verifier(FactSet(())).verify(text, "en").of_status("supported")
    assert verified.coverage == ()


NAMES = st.text(min_size=1, max_size=30)
FACTS = st.lists(
    st.builds(
        lambda subject, relation, thing, literal: Fact(
            subject=term(subject), relation=term(relation), object=term(thing, literal=literal)
        ),
        NAMES, NAMES, NAMES | st.integers().map(str) | st.dates().map(str), st.booleans(),
    ),
    max_size=5,
)  # fmt: skip
ANY_SIGN = st.characters(codec=None, exclude_categories=[])


@settings(max_examples=100, deadline=None)
@given(st.text(ANY_SIGN, max_size=120), FACTS, st.sampled_from(["en", "de", "ru", "hi", "ja", "ar", "xx"]))
def test_any_text_and_any_facts(text: str, facts: list[Fact], language: str) -> None:
    verifier = Verifier(FactSet(facts))
    check(verifier.verify(text, language, facts=facts), len(text))
    check(verifier.verify(text, language), len(text))


@settings(max_examples=50, deadline=None)
@given(FACTS)
def test_texts_made_of_the_facts_own_names(facts: list[Fact]) -> None:
    def named(each: Term) -> str:
        return each.names[0].text

    text = ". ".join(f"{named(each.subject)} {named(each.relation)} {named(each.object)}" for each in facts)
    check(Verifier(FactSet(facts)).verify(text, "en", facts=facts), len(text))
