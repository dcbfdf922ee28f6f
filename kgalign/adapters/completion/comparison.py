"""The ways of completing graphs, side by side on the same held-out facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from kgalign.adapters.completion.base import Scorer
from kgalign.adapters.completion.combination import CombinationOptions, CombinedScorer, learn, lesson
from kgalign.adapters.completion.copying import CopyingScorer, copyable
from kgalign.adapters.completion.data import CompletionData
from kgalign.adapters.completion.embedding import EmbeddingOptions, EmbeddingScorer, train_embedding
from kgalign.adapters.completion.evaluation import tail_ranks
from kgalign.adapters.completion.frequency import FrequencyScorer, RangeScorer
from kgalign.adapters.completion.language_model import LanguageModelScorer
from kgalign.adapters.completion.rules import ConstantRules, PairRules, PathRules
from kgalign.adapters.completion.translation import TranslationScorer
from kgalign.encode import TextEncoder
from kgalign.evaluate.ranking import TailMetrics, tail_metrics


@dataclass(frozen=True)
class Completed:
    """What one way of completing reaches in one graph.

    Attributes:
        method: the way.
        graph: the graph.
        whole: over all of its test facts.
        copyable: over those that another graph states, by a link.
        others: over the rest.
    """

    method: str
    graph: str
    whole: TailMetrics
    copyable: TailMetrics
    others: TailMetrics


def compare(data: CompletionData, encoders: Mapping[str, TextEncoder]) -> list[Completed]:
    """Complete the test facts' tails in every way.

    Args:
        data: the graphs.
        encoders: language models by name, such as a frozen one and one with an adapter.

    Returns:
        For each way and graph, in order: copying through links, TransE on the joined graph, each encoder
        alone, all without a language model, all with each encoder.
    """
    graph: list[Scorer] = [
        EmbeddingScorer(data, train_embedding(data, EmbeddingOptions())),
        *(PairRules(data), ConstantRules(data), PathRules(data)),
        *(CopyingScorer(data), FrequencyScorer(data), RangeScorer(data)),
    ]
    models = {name: LanguageModelScorer(data, encoder) for name, encoder in encoders.items()}

    ways: dict[str, Callable[[], Scorer]] = {
        "copy through links": lambda: CopyingScorer(data, direct=True),
        "TransE, joined": lambda: TranslationScorer(data, joined=True),
        **{name: partial(_itself, model) for name, model in models.items()},
        "all without a language model": partial(_together, data, graph),
        **{f"all with {name}": partial(_together, data, [*graph, one]) for name, one in models.items()},
    }
    found = []
    number = data.graph_of(data.test.head)
    copied = copyable(data, data.test, direct=True)
    for method, make in ways.items():
        ranks = tail_ranks(data, data.test, make())
        for place, name in enumerate(data.graphs):
            here = number == place
            parts = [tail_metrics(ranks[here & part]) for part in (np.ones_like(here), copied, ~copied)]
            found.append(Completed(method, name, *parts))
    return found


def _itself(scorer: Scorer) -> Scorer:
    return scorer


def _together(data: CompletionData, scorers: list[Scorer]) -> Scorer:
    options = CombinationOptions()
    return CombinedScorer(data, scorers, learn(lesson(data, scorers, options), options))
