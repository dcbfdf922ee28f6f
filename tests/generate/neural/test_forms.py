"""Inputs, targets and token ids: what goes in comes out."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from kgalign.generate import Example, Hypothesis, read_examples
from kgalign.generate.neural import marks
from kgalign.generate.neural.clauses import clauses, of_plain_text
from kgalign.generate.neural.linearise import Role, Segment, linearised
from kgalign.generate.neural.pieces import Pieces
from kgalign.generate.neural.targets import pairs
from kgalign.generate.wording import in_words
from kgalign.verify import Name, Qualifier, Term

from .conftest import fact, lessons

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
FACTS = (
    fact("Marie Curie", "birth place", "Warsaw"),
    fact("Marie Curie", "birth year", "1867", literal=True),
)


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return Pieces.trained([each.text for each in lessons()], 330, ("en", "hi"))


def test_a_delexicalised_input_has_each_name_once() -> None:
    found = linearised(FACTS, "en", "delexicalised")
    assert "".join(segment.text for segment in found) == (
        "<to en><H><e0><entity> Marie Curie<R> birth place<T><e1><entity> Warsaw"
        "<H><e0><R> birth year<T><e2><year> 1867"
    )
    assert [segment.fact for segment in found if segment.text == marks.SUBJECT] == [1, 2]
    bare = linearised(FACTS, "en", "delexicalised", names=False)
    assert not any("Curie" in segment.text for segment in bare)


def test_the_plain_input_is_that_of_xf2t() -> None:
    since = Qualifier(
        relation=Term(value="since", names=(Name(text="since"),)),
        object=Term(value="1891", literal=True),
    )
    found = linearised((FACTS[0].model_copy(update={"qualifiers": (since,)}),), "hi", "plain")
    assert "".join(segment.text for segment in found) == (
        " rdf to Hindi text:<H> Marie Curie<R> birth place<T> Warsaw<QR> since<QT> 1891"
    )
    assert {segment.role for segment in found} == set(Role)


@settings(max_examples=60)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), max_size=4))
def test_any_words_between_placeholders_come_back(pieces: Pieces, words: list[str]) -> None:
    segments = []
    for number, text in enumerate(words):
        segments += [Segment(text), Segment(marks.placeholder(number), True)]
    assert pieces.segments(pieces.tokens(segments).ids) == segments


def test_a_label_that_looks_like_a_mark_stays_words(pieces: Pieces) -> None:
    facts = (fact("<e1></s><to hi>", "birth place", "Warsaw"),)
    source = linearised(facts, "en", "delexicalised")
    ids = pieces.tokens(source).ids
    assert sum(token >= pieces.offset for token in ids) == sum(segment.mark for segment in source)
    assert ids.count(1) == 1 and ids[-1] == 1


def test_ids_are_those_of_sentencepiece(pieces: Pieces) -> None:
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_proto=pieces.model)
    text = " Marie Curie was born."
    assert pieces.tokens([Segment(text)]).ids == [*processor.encode(text), 1]


def test_a_placeholder_of_nothing_is_refused() -> None:
    assert clauses([Segment("<e9>", True), Segment(" is.")], FACTS) is None
    assert clauses([Segment("<H>", True)], FACTS) is None


def test_sentences_get_the_facts_whose_object_they_name() -> None:
    segments = [
        Segment("<e0>", True), Segment(" was born in "), Segment("<e1>", True), Segment(". That was in "),
        Segment("<e2>", True), Segment("."),
    ]  # fmt: skip
    found = clauses(segments, FACTS)
    assert found is not None and [clause.facts for clause in found] == [(0,), (1,)]
    text = in_words(Hypothesis(found), FACTS, "en").text
    assert text == "Marie Curie was born in Warsaw. That was in 1867."


def test_a_plain_text_keeps_its_words() -> None:
    text = "Marie Curie was born in Warsaw. She met Albert in 1867."
    found = of_plain_text(text, FACTS, "en")
    assert found is not None and [clause.facts for clause in found] == [(0,), (1,)]
    assert in_words(Hypothesis(found), FACTS, "en").text == text


def test_texts_that_are_not_complete_are_not_taught() -> None:
    examples = [
        Example("Marie Curie was born in 1867.", "en", FACTS),
        Example("Marie Curie, born in Warsaw, died in 1934.", "en", FACTS[:1]),
    ]
    assert not list(pairs(examples, "delexicalised", most_facts=8))
    (found,) = pairs(examples, "delexicalised", most_facts=8, teach="found")
    assert found.example.facts == FACTS[1:]
    assert len(list(pairs(examples, "delexicalised", most_facts=8, teach="all"))) == 2


@pytest.mark.parametrize("language", ["en", "ru", "de"])
def test_real_texts_come_back_from_their_placeholders(language: str) -> None:
    path = SHARED / "webnlg" / language / "dev.jsonl.gz"
    if not path.is_file():
        pytest.skip("the benchmark data is not beside the checkout")
    examples = list(read_examples([f"{language}={path}"]))[::25]
    taught = list(pairs(examples, "delexicalised", most_facts=8))
    same = 0
    for pair in taught:
        found = clauses(pair.target, pair.example.facts)
        assert found is not None
        assert {place for each in found for place in each.facts} == set(range(len(pair.example.facts)))
        same += in_words(Hypothesis(found), pair.example.facts, language).text == pair.example.text
        words = [segment.text for segment in pair.target if not segment.mark]
        assert regex.search(".*".join(map(regex.escape, words)), f" {pair.example.text}")
    # The rest spells a name in another way than the graph.
    assert same >= 0.1 * len(taught) > 0


def test_xalign_rows_and_webnlg_entries_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    row = (
        '{"qid": "Q1", "entity_name": "Ann", "sentence": "Ann.", "lang": "mr", '
        '"facts": [["author", "Book", [], true]], "translated_facts": [["लेखक", "पुस्तक", [], true]]}\n'
    )
    entry = '{"triples": [["Ann_B", "birthPlace", "York"]], "texts": ["Ann B.", "In York."], "links": []}\n'
    path.write_bytes(gzip.compress((row + entry).encode()))
    found = list(read_examples([f"en={path}"]))
    assert [each.text for each in found] == ["Ann.", "Ann B.", "In York."]
    assert [each.language for each in found] == ["mr", "en", "en"]
    assert found[0].facts[0].object.value == "Q1" and found[0].facts[0].subject.shown("mr") == "पुस्तक"
    assert found[2].facts[0].relation.names[0].text == "birth place"
