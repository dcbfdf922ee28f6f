"""Facts that are nearly a text's own are never facts that some text states, nor may mean the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kgalign.verify import Fact, Lesson
from kgalign.verify.alignment.near_facts import NearFacts
from kgalign.verify.literal_values import LiteralValues
from kgalign.verify.verdicts import Term

from .conftest import fact


def near(lessons: Sequence[Lesson], mirrored: str = "") -> NearFacts:
    return NearFacts(lessons, LiteralValues(), lambda relation: relation.value == mirrored)


def with_value(subject: str, relation: str, value: str) -> Fact:
    return fact(subject, relation, value).model_copy(update={"object": Term(value=value, literal=True)})


def test_another_relation_leads_to_things_alike_and_is_unknown_between_the_two(
    lessons: Sequence[Lesson],
) -> None:
    maker, rng = near(lessons), np.random.default_rng(0)
    known = {each.triple for lesson in lessons for each in lesson.facts}
    for lesson in lessons:
        for own in lesson.facts:
            for made in (maker.other_relation(own, rng), maker.turned(own), maker.crossed(own, own)):
                assert made is None or made.triple not in known
    own = fact("Ada", "birth place", "London")
    made = maker.other_relation(own, rng)
    assert made is not None and made.relation.value == "death place"


@pytest.mark.parametrize(
    ("relation", "wanted"),
    [("died", "died"), ("place", None), ("birth place of", None)],
)
def test_labels_of_the_same_words_may_mean_the_same(relation: str, wanted: str | None) -> None:
    own = fact("Ada", "birth place", "London")
    maker = near([Lesson("", "en", [own, fact("Marie", relation, "London")])])
    made = maker.other_relation(own, np.random.default_rng(0))
    assert (made and made.relation.value) == wanted


def test_relations_between_the_same_two_things_may_mean_the_same() -> None:
    own = fact("Ada", "home", "London")
    others = [("Max", "home", "Ulm"), ("Max", "residence", "Ulm"), ("Emmy", "residence", "London")]
    lesson = Lesson("", "en", [own, *(fact(*each) for each in others)])
    assert near([lesson]).other_relation(own, np.random.default_rng(0)) is None


def test_objects_are_exchanged_only_where_they_are_of_one_kind() -> None:
    born, died = with_value("Ada", "born", "1815-12-10"), with_value("Ada", "died", "1852-11-27")
    height = with_value("Ada", "height", "1.6")
    maker = near([Lesson("", "en", [born, died, height])])
    crossed = maker.crossed(born, died)
    assert crossed is not None and crossed.object == died.object and crossed.relation == born.relation
    assert maker.crossed(born, height) is None


def test_roles_are_not_turned_where_a_relation_holds_both_ways() -> None:
    own = fact("Ada", "sister", "Emmy")
    assert near([Lesson("", "en", [own])]).turned(own) is not None
    assert near([Lesson("", "en", [own])], mirrored="sister").turned(own) is None
    assert near([Lesson("", "en", [own, fact("Emmy", "sister", "Ada")])]).turned(own) is None
