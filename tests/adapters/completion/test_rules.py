from __future__ import annotations

import numpy as np
import pytest

from kgalign.adapters.completion.base import Queries
from kgalign.adapters.completion.rules import ConstantRules, PairRules, PathRules, RuleOptions
from tests.adapters.completion.conftest import made

CERTAIN = RuleOptions(support=2, doubt=0.0, backing=0.0, least=0.0)


def asked(head: int, relation: int) -> Queries:
    return Queries(0, np.array([head]), np.array([relation]))


def test_a_pair_rule_is_trusted_as_often_as_it_was_right() -> None:
    # Relation 0 goes with 1 for two of three heads that have 1 at all.
    known = [(0, 0, 4), (0, 1, 4), (1, 0, 5), (1, 1, 5), (2, 0, 4), (2, 1, 5), (3, 0, 6)]
    found = PairRules(made([7], [], 2, known), CERTAIN).score(asked(3, 1))
    assert found[1, 0].tolist() == pytest.approx([0, 0, 0, 0, 0, 0, 2 / 3])
    assert found[0, 0, 6] == pytest.approx(np.log(3), abs=1e-5)


def test_a_pair_rule_reads_facts_backwards() -> None:
    known = [(4, 0, 0), (0, 1, 4), (5, 0, 1), (1, 1, 5), (6, 0, 3)]
    found = PairRules(made([7], [], 2, known), CERTAIN).score(asked(3, 1))
    assert found[1, 0].tolist() == pytest.approx([0, 0, 0, 0, 0, 0, 1])


def test_copying_is_trusted_by_the_graph_that_states_it() -> None:
    # b (5 to 9) and c (10 to 14) state tails for a (0 to 4): b is right twice, c once of two.
    links = [(number, number + step) for number in range(5) for step in (5, 10)]
    known = [(0, 0, 3), (1, 0, 4), (5, 0, 8), (6, 0, 9), (10, 0, 13), (11, 0, 13), (7, 0, 8), (12, 0, 14)]
    rules = PairRules(made([5, 5, 5], links, 1, known), CERTAIN)
    assert rules.score(asked(2, 0))[1, 0].tolist() == pytest.approx([0, 0, 0, 1, 0.5], abs=0.01)


def test_a_constant_rule_goes_from_what_the_head_is_tied_to() -> None:
    # Whoever stands in relation 0 to 5 stands in relation 1 to 6, two times of three.
    known = [(0, 0, 5), (0, 1, 6), (1, 0, 5), (1, 1, 6), (2, 0, 5), (2, 1, 7), (3, 0, 5)]
    found = ConstantRules(made([8], [], 2, known), CERTAIN).score(asked(3, 1))
    assert found[1, 0].tolist() == pytest.approx([0, 0, 0, 0, 0, 0, 2 / 3, 0])


def test_a_path_rule_goes_over_what_lies_between() -> None:
    # Born in a town of a country: a citizen of it.
    known = [(0, 0, 4), (4, 1, 6), (0, 2, 6), (1, 0, 5), (5, 1, 7), (1, 2, 7), (3, 0, 4)]
    found = PathRules(made([8], [], 3, known), CERTAIN).score(asked(3, 2))
    assert found[1, 0].tolist() == pytest.approx([0, 0, 0, 0, 0, 0, 1, 0])


def test_one_case_is_no_rule() -> None:
    known = [(0, 0, 4), (0, 1, 4), (3, 0, 6)]
    assert not PairRules(made([7], [], 2, known), CERTAIN).score(asked(3, 1)).any()
