from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kgalign.verify import Fact, Lesson
from kgalign.verify.alignment.made_examples import ExampleMaker


def test_every_lesson_gives_a_faithful_example_and_mostly_a_faulty_one(lessons: Sequence[Lesson]) -> None:
    made = list(ExampleMaker(lessons).examples())
    kinds = Counter(each.kind for each in made)
    assert kinds["faithful"] == len(lessons)
    assert len(made) > 2.5 * len(lessons)
    assert {
        "entity", "added", "lacking", "other object", "other relation", "turned", "exchanged",
        "names exchanged", "garbled",
    } <= set(kinds)  # fmt: skip


def test_labels_say_what_was_changed(lessons: Sequence[Lesson]) -> None:
    for each in ExampleMaker(lessons).examples(extra=0.0):
        assert len(each.facts) == len(each.stated)
        if each.kind == "faithful":
            assert set(each.stated) == {1.0} and each.wrong == () and each.holds == 1.0
        if each.kind in ("entity", "other object", "other relation", "turned"):
            assert each.stated.count(0.0) == 1 and each.holds == 0.0
        if each.kind in ("other relation", "turned", "exchanged", "names exchanged"):
            for fact, stated in zip(each.facts, each.stated, strict=True):
                assert stated is None or _says(each.text, fact) == (stated == 1.0)
        if each.kind == "lacking":
            assert set(each.stated) == {1.0} and each.wrong
            said = {each.text[span.start : span.end] for span in each.wrong}
            assert not said & {fact.object.value for fact in each.facts}
        if each.kind == "garbled":
            assert 0 <= each.quality < 1
        for span in each.wrong or ():
            assert span.end <= len(each.text)


def _says(text: str, fact: Fact) -> bool:
    """Whether a lesson's text, or one with names exchanged, says a fact."""
    born, died = (part.split() for part in text.removesuffix(" .").split(" and "))
    told = {"birth place": (born[0], born[-1]), "death place": (born[0], died[-1])}
    return told[fact.relation.value] == (fact.subject.value, fact.object.value)


def test_facts_that_are_added_are_not_stated(lessons: Sequence[Lesson]) -> None:
    for each in ExampleMaker(lessons).examples(extra=1.0):
        if each.kind == "faithful":
            for fact, stated in zip(each.facts, each.stated, strict=True):
                assert _says(each.text, fact) == (stated == 1.0)


def test_the_same_seed_gives_the_same_examples(lessons: Sequence[Lesson]) -> None:
    one, other = (list(ExampleMaker(lessons, seed=4).examples()) for _ in range(2))
    assert one == other
    assert one != list(ExampleMaker(lessons, seed=5).examples())
