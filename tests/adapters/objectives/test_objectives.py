from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from kgalign.adapters.facts_by_language import facts_of, hold_out_by_language, preferred_names
from kgalign.adapters.lessons import Lessons
from kgalign.adapters.objectives import OBJECTIVES, make_objective
from kgalign.adapters.objectives.base import SamplingOptions
from kgalign.kg import KnowledgeGraph

NONE_HELD_OUT = SamplingOptions(held_out=0)


@pytest.fixture
def lessons(cities: KnowledgeGraph) -> Lessons:
    return Lessons.of(cities)


def drawn(
    lessons: Lessons, name: str, size: int = 32, options: SamplingOptions = NONE_HELD_OUT, seed: int = 0
):
    return make_objective(name, lessons, options, 0).draw(size, np.random.default_rng(seed))


@pytest.mark.parametrize("name", OBJECTIVES)
class TestEveryObjective:
    def test_a_batch_depends_on_the_seed_alone(self, lessons: Lessons, name: str) -> None:
        one, other = drawn(lessons, name), drawn(lessons, name)
        assert (one.first, one.second) == (other.first, other.second)
        assert one.same.tolist() == other.same.tolist()

    def test_texts_are_not_blank_and_the_diagonal_is_right(self, lessons: Lessons, name: str) -> None:
        pairs = drawn(lessons, name)
        assert len(pairs.first) == len(pairs.second) > 1
        assert all(text.strip() for text in (*pairs.first, *pairs.second))
        assert pairs.same.shape == (len(pairs.first),) * 2
        assert pairs.same.diagonal().all()

    def test_a_batch_has_no_item_twice(self, lessons: Lessons, name: str) -> None:
        goal = make_objective(name, lessons, NONE_HELD_OUT, 0)
        assert len(goal.draw(1000, np.random.default_rng(0)).first) <= goal.taught

    def test_what_is_held_out_is_not_drawn(self, lessons: Lessons, name: str) -> None:
        goal = make_objective(name, lessons, SamplingOptions(held_out=0.5), 0)
        asked = goal.held_out_pairs(0)
        assert asked is not None
        assert set(goal._held_out.tolist()).isdisjoint(goal._taught.tolist())
        assert len(goal._held_out) + goal.taught == len(goal.items())


def test_ep_pairs_names_of_one_entity(lessons: Lessons) -> None:
    names: dict[str, set[int]] = {}
    labels = lessons.labels
    for cell in range(labels.cells):
        for text in labels.texts[labels.start[cell] : labels.start[cell + 1]]:
            names.setdefault(text, set()).add(int(labels.owner[cell]))
    for seed in range(20):
        pairs = drawn(lessons, "ep", seed=seed)
        for one, other in zip(pairs.first, pairs.second, strict=True):
            assert names[one] & names[other]
        assert "hamburg" not in pairs.first, "a name in one language only has no partner"


def test_tp_asks_for_the_object(lessons: Lessons) -> None:
    answers = {"greece", "grecia", "griechenland", "germany", "alemania", "deutschland"}
    answers |= {"ireland", "irlanda", "irland"}
    pairs = drawn(lessons, "tp")
    assert set(pairs.second) <= answers
    assert all(text.rsplit(" ", 1)[1] in ("country", "land") for text in pairs.first)


def test_tp_says_country_in_the_language_of_the_subject(lessons: Lessons) -> None:
    for seed in range(10):
        for text in drawn(lessons, "tp", seed=seed).first:
            subject, relation = text.rsplit(" ", 1)
            if subject in ("athen", "koeln"):
                assert relation == "land"


def test_tp_masks_other_right_answers(lessons: Lessons) -> None:
    german = {"germany", "alemania", "deutschland"}
    pairs = drawn(lessons, "tp")
    for row, one in enumerate(pairs.second):
        for column, other in enumerate(pairs.second):
            if one in german and other in german:
                assert pairs.same[row, column], "Germany by any name is right for every German city"
            elif (one in german) != (other in german):
                assert not pairs.same[row, column]


def test_what_is_untold_in_a_language_is_told_in_others(cities: KnowledgeGraph) -> None:
    untold = hold_out_by_language(facts_of(cities), preferred_names(cities), 0.5, 3).filter("held_out")
    assert untold.height > 2
    lessons = Lessons.of(cities, untold=untold)
    names = preferred_names(cities)
    silent = untold.join(names.rename({"entity": "subject"}), on=["subject", "language"])
    forbidden = set(silent.filter(~pl.col("text").is_in(["berlin", "dublin"]))["text"])
    assert forbidden
    heard = set()
    for seed in range(30):
        heard |= {text.rsplit(" ", 1)[0] for text in drawn(lessons, "tp", seed=seed).first}
    assert not heard & forbidden
    assert len(heard) > 5


def test_es_takes_two_sentences_or_facts(lessons: Lessons) -> None:
    seen = {}
    for seed in range(10):
        pairs = drawn(lessons, "es", seed=seed)
        seen |= dict(zip(pairs.second, pairs.first, strict=True))
    assert seen["athens"] == "athens is the capital of greece. it is old."
    assert seen["berlin"].split(" ", 1)[1] in ("germany", "alemania", "deutschland")


def test_ts_cuts_the_object_out(lessons: Lessons) -> None:
    found = set()
    for seed in range(10):
        pairs = drawn(lessons, "ts", seed=seed)
        found |= set(zip(pairs.first, pairs.second, strict=True))
    assert ("athens is the capital of …. it is old. it is large.", "greece") in found
    assert any(text.endswith(" country …") for text, _ in found)
    assert all(answer not in text for text, answer in found)


def test_t2t_asks_in_the_language_of_the_answer(lessons: Lessons) -> None:
    language = {"greece": "en", "grecia": "es", "griechenland": "de", "germany": "en", "ireland": "en"}
    for seed in range(10):
        pairs = drawn(lessons, "t2t", seed=seed)
        for asked, answer in zip(pairs.first, pairs.second, strict=True):
            assert asked.split(": ")[0] == language.get(answer, asked.split(": ")[0])
            assert " | " in asked
