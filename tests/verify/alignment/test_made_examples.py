from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kgalign.verify import Lesson
from kgalign.verify.alignment.made_examples import ExampleMaker


def test_every_lesson_gives_a_faithful_example_and_mostly_a_faulty_one(lessons: Sequence[Lesson]) -> None:
    made = list(ExampleMaker(lessons).examples())
    kinds = Counter(each.kind for each in made)
    assert kinds["faithful"] == len(lessons)
    assert len(made) > 1.8 * len(lessons)
    assert {"entity", "added", "lacking", "other object", "turned", "garbled"} <= set(kinds)


def test_labels_say_what_was_changed(lessons: Sequence[Lesson]) -> None:
    for each in ExampleMaker(lessons).examples(extra=0.0):
        assert len(each.facts) == len(each.stated)
        if each.kind == "faithful":
            assert set(each.stated) == {1.0} and each.wrong == () and each.holds == 1.0
        if each.kind in ("entity", "other object", "turned"):
            assert each.stated.count(0.0) == 1 and each.holds == 0.0
        if each.kind == "lacking":
            assert set(each.stated) == {1.0} and each.wrong
            said = {each.text[span.start : span.end] for span in each.wrong}
            assert not said & {fact.object.value for fact in each.facts}
        if each.kind == "garbled":
            assert 0 <= each.quality < 1
        for span in each.wrong or ():
            assert span.end <= len(each.text)


def test_facts_that_are_added_are_not_stated(lessons: Sequence[Lesson]) -> None:
    for each in ExampleMaker(lessons).examples(extra=1.0):
        if each.kind == "faithful":
            for fact, stated in zip(each.facts, each.stated, strict=True):
                told = fact.subject.value in each.text and fact.object.value in each.text
                assert told == (stated == 1.0)


def test_the_same_seed_gives_the_same_examples(lessons: Sequence[Lesson]) -> None:
    one, other = (list(ExampleMaker(lessons, seed=4).examples()) for _ in range(2))
    assert one == other
    assert one != list(ExampleMaker(lessons, seed=5).examples())
