"""Templates: learnt, kept, matched and filled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.errors import InputError
from kgalign.generate import Example, TemplateRealiser, TemplateStore, hand_written, learnt, read_examples
from kgalign.generate.learning import delexicalised
from kgalign.generate.wording import in_words
from kgalign.verify import Fact, Name, Term
from kgalign.verify.evidence import Gatherer

_NAMES = st.from_regex(r"[A-Z][a-z]{4,9}( [A-Z][a-z]{4,9})?", fullmatch=True)
_WORDS = st.lists(st.sampled_from(["was", "born", "in", "and", "the", "near"]), max_size=3).map(" ".join)


def fact(subject: str, relation: str, thing: str, literal: bool = False) -> Fact:
    return Fact(
        subject=Term(value=subject, names=(Name(text=subject, language="en"),)),
        relation=Term(value=relation, names=(Name(text=relation, language="en"),)),
        object=Term(value=thing, literal=literal, names=(Name(text=thing, language="en"),)),
    )


@given(st.lists(_NAMES, min_size=2, max_size=3, unique=True), _WORDS)
def test_a_text_comes_back_from_its_template(names: list[str], words: str) -> None:
    parts = {word for name in names for word in name.lower().split()}
    if len(parts) < sum(len(name.split()) for name in names):
        return
    facts = tuple(fact(names[0], f"relation {place}", name) for place, name in enumerate(names[1:]))
    text = f" {words} ".join(names) + "."
    example = Example(text, "en", facts)
    gatherer = Gatherer()
    gatherer.read([facts])
    template = delexicalised(example, gatherer)
    assert template is not None
    assert not any(name in template.text for name in names)
    drafts = TemplateRealiser(TemplateStore([template])).draft(facts, "en", seed=0, count=1)
    assert in_words(drafts[0], facts, "en").text == text


def test_dates_and_numbers_come_back_in_their_form() -> None:
    facts = (
        fact("Alan Bean", "birthDate", "1932-03-15", literal=True),
        fact("Alan Bean", "timeInSpace", "100305", literal=True),
    )
    text = "Alan Bean, born on 15 March 1932, spent 100,305 minutes in space."
    store = learnt([Example(text, "en", facts)])
    others = (
        fact("Buzz Aldrin", "birthDate", "1930-01-20", literal=True),
        fact("Buzz Aldrin", "timeInSpace", "52", literal=True),
    )
    draft = TemplateRealiser(store).draft(others, "en", seed=0, count=1)[0]
    expected = "Buzz Aldrin, born on 20 January 1930, spent 52 minutes in space."
    assert in_words(draft, others, "en").text == expected


def test_a_text_with_a_missing_object_or_a_figure_of_its_own_is_no_template() -> None:
    facts = (fact("Alan Bean", "birthPlace", "Wheeler"),)
    assert not learnt([Example("Alan Bean was born in Texas.", "en", facts)]).templates
    assert not learnt([Example("Alan Bean was born in Wheeler in 1932.", "en", facts)]).templates
    assert learnt([Example("Alan Bean was born in Wheeler.", "en", facts)]).templates


def test_a_store_is_read_as_it_was_written(tmp_path: Path) -> None:
    facts = (fact("Ann", "spouse", "Bob Miller"), fact("Bob Miller", "birthPlace", "York"))
    store = learnt([Example("Ann married Bob Miller, who was born in York.", "en", facts)])
    store.write(tmp_path / "store")
    again = TemplateStore.read(tmp_path / "store")
    assert again.templates == store.templates and again.fingerprint == store.fingerprint
    with pytest.raises(InputError, match="holds no templates"):
        TemplateStore.read(tmp_path)


def test_a_shared_term_must_be_shared() -> None:
    facts = (fact("Ann", "spouse", "Bob Miller"), fact("Bob Miller", "birthPlace", "York"))
    store = learnt([Example("Ann married Bob Miller, who was born in York.", "en", facts)])
    apart = (fact("Ann", "spouse", "Bob Miller"), fact("Ann", "birthPlace", "York"))
    assert TemplateRealiser(store).draft(apart, "en", seed=0, count=3) == []
    assert TemplateRealiser(store).draft(facts[::-1], "en", seed=0, count=3)


def test_facts_in_a_circle_are_told_once_each() -> None:
    borders = "http://gazetteer.example/def/borders"
    facts = (fact("Aland", borders, "Beland"), fact("Beland", borders, "Aland"))
    draft = TemplateRealiser(hand_written()).draft(facts, "en", seed=0, count=1)[0]
    assert sorted(place for clause in draft.clauses for place in clause.facts) == [0, 1]


def test_two_hundred_objects_make_one_list() -> None:
    borders = "http://gazetteer.example/def/borders"
    facts = [fact("Aland", borders, f"Land{number}") for number in range(200)]
    draft = TemplateRealiser(hand_written()).draft(facts, "hi", seed=0, count=1)[0]
    assert len(draft.clauses) == 1 and draft.facts == frozenset(range(200))


def test_every_hand_written_template_names_its_terms() -> None:
    for template in hand_written().templates:
        slots = {piece.number for piece in template.pieces if not isinstance(piece, str)}
        assert slots == ({0} if template.patterns[0].only else {0, 1}), template.text
        assert "{" not in template.text


def test_examples_are_read_by_line(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    row = {"facts": [["Ann", "birthDate", "1867-11-07"]], "text": "Ann was born.", "language": "en"}
    path.write_text(json.dumps(row) + "\n\n", "utf-8")
    (example,) = read_examples([path])
    assert example.facts[0].object.literal and example.language == "en"
    path.write_text('{"text": "x"}\n', "utf-8")
    with pytest.raises(InputError, match=r"data\.jsonl:1: language"):
        list(read_examples([path]))
