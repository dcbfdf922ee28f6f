from __future__ import annotations

import numpy as np
import pytest

from kgalign.adapters.completion.base import Queries
from kgalign.adapters.completion.copying import CopyingScorer, copyable
from kgalign.adapters.completion.data import CompletionData
from kgalign.adapters.completion.evaluation import tail_ranks
from kgalign.evaluate.ranking import tail_metrics
from tests.adapters.completion.conftest import facts, made

# a: 0 to 2, b: 3 to 5, c: 6 to 8. Over b, all of a's entities are linked to c's.
LINKS = [(0, 3), (1, 4), (2, 5), (3, 6), (4, 7), (5, 8)]


def test_tails_are_copied_over_links_and_counted() -> None:
    data = made([3, 3, 3], LINKS, 2, [(3, 0, 4), (6, 0, 7), (6, 0, 8), (3, 1, 5)])
    queries = Queries(0, np.array([0, 0, 1]), np.array([0, 1, 0]))
    assert CopyingScorer(data).score(queries).tolist() == [[[0, 2, 1], [0, 0, 1], [0, 0, 0]]]
    # By its own links a knows only what b states.
    assert CopyingScorer(data, direct=True).score(queries).tolist() == [[[0, 1, 0], [0, 0, 1], [0, 0, 0]]]


def test_a_graph_does_not_copy_from_itself() -> None:
    data = made([3, 3], LINKS[:3], 1, [(0, 0, 1)])
    assert not CopyingScorer(data).score(Queries(0, np.array([0]), np.array([0]))).any()
    assert CopyingScorer(data).score(Queries(1, np.array([3]), np.array([0]))).tolist() == [[[0, 1, 0]]]


def test_what_others_hold_out_for_validation_is_copyable_and_what_they_are_tested_by_is_not() -> None:
    asked = [(0, 0, 1), (0, 0, 2), (1, 0, 2)]
    data = made([3, 3], LINKS[:3], 1, [(3, 0, 4)], [(3, 0, 5)], [*asked, (4, 0, 5)])
    assert copyable(data, facts(*asked)).tolist() == [True, True, False]


# Hits@1, MRR and the copyable share as measured before by other code: direct links, ties by frequency.
ANCHORS = {
    "el": (55.5, 60.9, 82),
    "ja": (46.3, 52.2, 74),
    "fr": (36.4, 41.6, 60),
    "es": (36.7, 39.4, 55),
    "en": (17.0, 18.5, 26),
}


@pytest.mark.parametrize("language", ANCHORS)
def test_copying_reaches_on_dbp5l_what_it_is_known_to(dbp5l: CompletionData, language: str) -> None:
    triples = dbp5l.of_graph(dbp5l.test, dbp5l.graphs.index(language))
    metrics = tail_metrics(tail_ranks(dbp5l, triples, CopyingScorer(dbp5l, direct=True)))
    hits, mrr, share = ANCHORS[language]
    assert 100 * metrics.hits_at_1 == pytest.approx(hits, abs=0.06)
    assert 100 * metrics.mrr == pytest.approx(mrr, abs=0.06)
    assert 100 * copyable(dbp5l, triples, direct=True).mean() == pytest.approx(share, abs=0.5)
