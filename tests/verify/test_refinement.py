"""What a second look may change, and what it may not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.verify import Fact
from kgalign.verify.combination import NOTHING, Combination, LogisticRule, log_odds
from kgalign.verify.passage import Passage
from kgalign.verify.refinement import Refinement
from kgalign.verify.verdicts import Status, Verdict

from .conftest import fact

TEXT = "Ada was born in Londres and never left."
BORN, DIED = fact("Ada", "birth place", "London"), fact("Ada", "death place", "Paris")
PLAIN = LogisticRule(bias=0.0, weights=(1.0,))
COMBINATION = Combination(
    stated=LogisticRule(bias=0.0, weights=(0.5, 0.5)),
    wrong={status: PLAIN for status in ("supported", "unsupported", "contradicted", NOTHING)},
    sound=LogisticRule(bias=0.0, weights=(0.0,) * 12),
)


def looked_over(found: list[Verdict], doubts: dict[str, float], stated: tuple[float, float]) -> list[Verdict]:
    passage = Passage(TEXT, "en")
    words = np.array([doubts.get(word.text, -9.0) for word in passage.words], np.float32)
    scores = np.array([[each] for each in stated], np.float32)
    facts: list[Fact] = [BORN, DIED]
    return Refinement(passage, facts, scores, words, COMBINATION, 0.9).verdicts(found)


def verdict(word: str, status: Status, *evidence: Fact) -> Verdict:
    start = TEXT.index(word)
    return Verdict(
        start=start, end=start + len(word), status=status, evidence=tuple(each.triple for each in evidence)
    )


def test_a_name_in_another_role_contradicts() -> None:
    ada = verdict("Ada", "supported", BORN)
    assert looked_over([ada], {"Ada": 1.0}, (1, 0)) == [ada]
    (turned,) = looked_over([ada], {"Ada": 5.0}, (0, 0))
    assert turned.status == "contradicted"
    assert turned.evidence == (BORN.triple,)


def test_only_a_stated_fact_that_nothing_else_stands_for_supports_an_unknown_name() -> None:
    londres = verdict("Londres", "unsupported")
    (kept,) = looked_over([londres], {"Londres": 0.0}, (1, 0))
    assert kept == londres
    (supported,) = looked_over([londres], {}, (0.9, 0.1))
    assert (supported.status, supported.evidence) == ("supported", (BORN.triple,))
    (open_,) = looked_over([londres], {}, (0.1, 0.1))
    assert (open_.status, open_.evidence) == ("not checkable", ())
    ada = verdict("Ada", "supported", BORN)
    assert looked_over([ada, londres], {}, (0.9, 0.1))[1].status == "not checkable"


def test_a_contradiction_that_is_rather_unlikely_is_none() -> None:
    londres = verdict("Londres", "contradicted", BORN)
    assert looked_over([londres], {"Londres": 0.1}, (0.9, 0.1)) == [londres]
    (supported,) = looked_over([londres], {"Londres": -0.1}, (0.9, 0.1))
    assert (supported.status, supported.evidence) == ("supported", (BORN.triple,))
    (unknown,) = looked_over([londres], {"Londres": -0.1}, (0.1, 0.1))
    assert (unknown.status, unknown.evidence) == ("unsupported", ())


def test_words_that_no_fact_supports_become_one_span() -> None:
    (added,) = looked_over([], {"never": 6.0, "left": 4.0}, (1, 0))
    assert TEXT[added.start : added.end] == "never left"
    assert (added.status, added.evidence) == ("unsupported", ())


@given(
    st.lists(st.floats(-12, 12), min_size=8, max_size=8),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_verdicts_stay_apart_and_supported_ones_have_evidence(
    doubts: list[float], stated: tuple[float, float]
) -> None:
    words = [word.text for word in Passage(TEXT, "en").words]
    found = [verdict("Ada", "supported", BORN), verdict("Londres", "unsupported")]
    after = looked_over(found, dict(zip(words, doubts, strict=True)), stated)
    assert all(one.end <= other.start for one, other in pairwise(after))
    assert all(each.evidence for each in after if each.status == "supported")


def test_facts_that_were_not_read_are_as_sure_as_without() -> None:
    free = np.array([[0.25], [0.75]], np.float32)
    aligned = np.array([[np.nan], [2.0]], np.float32)
    both = COMBINATION.facts(free, aligned)
    assert both[0, 0] == pytest.approx(0.25)
    wanted = 1 / (1 + np.exp(-0.5 * log_odds(0.75) - 1))
    assert both[1, 0] == pytest.approx(float(wanted))
