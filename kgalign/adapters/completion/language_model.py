"""A language model asked for tails: how near their labels are to a phrase of head and relation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kgalign.adapters.completion.base import Layers, Queries, Scorer
from kgalign.adapters.completion.data import CompletionData, Ids
from kgalign.adapters.phrases import query_phrase
from kgalign.encode import TextEncoder

Vectors = NDArray[np.float32]


class LanguageModelScorer(Scorer):
    """Three things that labels tell of a tail.

    - ``language model``: the cosine of the query's phrase and the tail's label, which is what a model is
      trained for by the objective TP;
    - ``tails alike``: the cosine of the tail's label and the mean of the labels of the relation's known
      tails, in any language;
    - ``heads alike``: the cosine of the head's label and the tail's.

    Args:
        data: the graphs.
        encoder: any encoder, frozen or adapted.
    """

    def __init__(self, data: CompletionData, encoder: TextEncoder) -> None:
        self._data = data
        self._encoder = encoder
        self._phrases: dict[int, Vectors] = {}
        self._labels = encoder.encode(data.entity_labels)
        self._tails = _means(self._labels, data.known.relation, data.known.tail, data.relation_count)

    @property
    def names(self) -> tuple[str, ...]:
        """See :attr:`Scorer.names`."""
        return ("language model", "tails alike", "heads alike")

    def prepare(self, queries: Queries) -> None:
        """See :meth:`Scorer.prepare`: encodes the phrases."""
        self._phrases = dict(zip(self._keys(queries), self._encoded(queries), strict=True))

    def score(self, queries: Queries) -> Layers:
        """See :meth:`Scorer.score`."""
        data = self._data
        keys = self._keys(queries)
        if all(key in self._phrases for key in keys):
            phrases = np.stack([self._phrases[key] for key in keys])
        else:
            phrases = self._encoded(queries)
        first, last = data.offsets[queries.graph : queries.graph + 2]
        tails = self._labels[first:last].T
        asked = (phrases, self._tails[queries.relation], self._labels[queries.head])
        return np.stack([vectors @ tails for vectors in asked])

    def _keys(self, queries: Queries) -> list[int]:
        keys: list[int] = (queries.head * self._data.relation_count + queries.relation).tolist()
        return keys

    def _encoded(self, queries: Queries) -> Vectors:
        labels, relations = self._data.entity_labels, self._data.relation_labels
        ends = zip(queries.head.tolist(), queries.relation.tolist(), strict=True)
        return self._encoder.encode(
            [query_phrase(labels[head], relations[relation]) for head, relation in ends]
        )


def _means(vectors: Vectors, group: Ids, member: Ids, groups: int) -> Vectors:
    """The normalised mean of the *vectors* of each group's members; 0 for a group without any."""
    total = np.zeros((groups, vectors.shape[1]), np.float64)
    order = np.argsort(group, kind="stable")
    present, start = np.unique(group[order], return_index=True)
    if len(present):
        total[present] = np.add.reduceat(vectors[member[order]].astype(np.float64), start, axis=0)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.maximum(length, 1e-9), np.float32)
