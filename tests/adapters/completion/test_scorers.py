"""What every scorer must keep to, and what each of them is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

from kgalign.adapters.completion.base import Queries, Scorer
from kgalign.adapters.completion.combination import CombinationOptions, CombinedScorer, learn, lesson
from kgalign.adapters.completion.copying import CopyingScorer
from kgalign.adapters.completion.data import CompletionData, join_entities
from kgalign.adapters.completion.embedding import (
    ComplexEmbedding,
    EmbeddingOptions,
    EmbeddingScorer,
    train_embedding,
)
from kgalign.adapters.completion.evaluation import tail_ranks
from kgalign.adapters.completion.frequency import FrequencyScorer, RangeScorer
from kgalign.adapters.completion.language_model import LanguageModelScorer
from kgalign.adapters.completion.rules import ConstantRules, PairRules, PathRules
from kgalign.adapters.completion.translation import TranslationOptions, TranslationScorer
from kgalign.encode import load_encoder
from kgalign.evaluate.ranking import tail_metrics
from tests.adapters.completion.conftest import made

PEOPLE, TOWNS = 40, 5


def town(number: int) -> int:
    return number % TOWNS


def townsmen() -> CompletionData:
    """Two graphs of people in towns, a town in a country: relation 0 lives in, 1 works in, 2 lies in.

    Whoever lives in a town works there; one half of each graph's work is held out.
    """
    size = PEOPLE + TOWNS
    known, validation, test = [], [], []
    for start in (0, size):
        for person in range(PEOPLE):
            place = start + PEOPLE + town(person)
            known.append((start + person, 0, place))
            part = (known, known, validation, test)[(person // TOWNS + (start > 0)) % 4]
            part.append((start + person, 1, place))
    links = [(number, size + number) for number in range(PEOPLE + TOWNS)]
    return made([size, size], links, 3, known, validation, test)


@pytest.fixture(scope="module")
def data() -> CompletionData:
    return townsmen()


SMALL = EmbeddingOptions(rank=16, epochs=60, batch=64, negatives=40, penalty=0.005)
MAKERS: dict[str, Callable[[CompletionData], Scorer]] = {
    "copy": CopyingScorer,
    "pair": PairRules,
    "constant": ConstantRules,
    "path": PathRules,
    "frequency": FrequencyScorer,
    "range": RangeScorer,
    "language model": lambda data: LanguageModelScorer(data, load_encoder("characters")),
    "embedding": lambda data: EmbeddingScorer(data, train_embedding(data, SMALL)),
    "TransE": lambda data: TranslationScorer(data, joined=True, options=TranslationOptions(epochs=20)),
    "TransE alone": lambda data: TranslationScorer(data, joined=False, options=TranslationOptions(epochs=2)),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_scorer_keeps_to_its_promise(data: CompletionData, name: str) -> None:
    scorer = MAKERS[name](data)
    queries = Queries(1, data.test.head[-3:], data.test.relation[-3:])
    scores = scorer.score(queries)
    assert scores.shape == (len(scorer.names), 3, PEOPLE + TOWNS)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    # A query's scores don't depend on what else is asked, and the same data gives the same scores.
    np.testing.assert_allclose(scorer.score(queries.rows(slice(1, 2)))[:, 0], scores[:, 1], atol=1e-5)
    np.testing.assert_array_equal(MAKERS[name](data).score(queries), scores)


@pytest.mark.parametrize(
    ("name", "least"), [("pair", 0.99), ("embedding", 0.8), ("frequency", 0.2), ("copy", 0.4)]
)
def test_what_can_be_found_is_found(data: CompletionData, name: str, least: float) -> None:
    metrics = tail_metrics(tail_ranks(data, data.test, MAKERS[name](data)))
    assert metrics.mrr >= least


def combined(data: CompletionData, scorers: Sequence[Scorer]) -> CombinedScorer:
    options = CombinationOptions(epochs=30, networks=2, batch=8, width=16)
    return CombinedScorer(data, scorers, learn(lesson(data, scorers, options), options))


def test_the_combination_leans_on_what_is_right(data: CompletionData) -> None:
    scorers = [LanguageModelScorer(data, load_encoder("characters")), PairRules(data)]
    alone = tail_metrics(tail_ranks(data, data.test, scorers[0]))
    together = tail_metrics(tail_ranks(data, data.test, combined(data, scorers)))
    assert together.mrr > max(alone.mrr, 0.95)
    again = tail_metrics(tail_ranks(data, data.test, combined(data, scorers)))
    assert again == together


def test_what_is_outside_the_pool_is_ranked_below_it_by_the_first_scorer(data: CompletionData) -> None:
    scorer = combined(data, [FrequencyScorer(data), PairRules(data)])
    scores = scorer.score(Queries(0, data.test.head[:1], data.test.relation[:1]))
    assert scores.shape == (1, 1, PEOPLE + TOWNS)
    assert np.isfinite(scores).all()


def test_complex_scores_are_those_of_complex_numbers() -> None:
    torch.manual_seed(0)
    model = ComplexEmbedding(4, 2, 3)
    with torch.no_grad():
        vectors = [table.weight.view(-1, 2, 3) for table in (model.entity, model.relation)]
        entity, relation = (torch.complex(part[:, 0], part[:, 1]) for part in vectors)
        expected = (entity[1] * relation[0] * entity[2].conj()).real.sum()
        found = model.asked(torch.tensor([1]), torch.tensor([0])) @ model.entity.weight[2]
        penalty = model.penalty(torch.tensor([1]), torch.tensor([0]), torch.tensor([2]))
    assert float(found) == pytest.approx(float(expected), abs=1e-7)
    cubes = sum(float(part.abs().pow(3).sum()) for part in (entity[1], relation[0], entity[2]))
    assert float(penalty) == pytest.approx(cubes, rel=1e-4)


def test_what_links_connect_is_one_and_numbered_in_order() -> None:
    joined = join_entities(6, np.array([4, 2]), np.array([2, 5]))
    assert joined.tolist() == [0, 1, 2, 3, 2, 2]


def test_tails_known_already_are_not_ranked(data: CompletionData) -> None:
    """A known fact's rank is its own: the other tails known of its query are left out."""
    more = made([4], [], 1, [(0, 0, 1), (0, 0, 2)], test=[(0, 0, 3)])

    class Fixed(CopyingScorer):
        def score(self, queries: Queries) -> np.ndarray:
            return np.tile(np.array([0.1, 0.9, 0.8, 0.5], np.float32), (1, len(queries), 1))

    assert tail_ranks(more, more.test, Fixed(more)).tolist() == [1.0]
