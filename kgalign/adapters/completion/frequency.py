"""What a relation's tails are like: how often each occurs, and what else is stated of them."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from kgalign.adapters.completion.base import Layers, Queries, Scorer
from kgalign.adapters.completion.data import CompletionData, Ids
from kgalign.adapters.completion.rules import both_ways


class FrequencyScorer(Scorer):
    """How often an entity is the relation's tail, on a logarithmic scale.

    ``frequency`` counts over the joined graph, ``frequency here`` over the graph asked about.
    """

    def __init__(self, data: CompletionData) -> None:
        self._data = data
        facts = data.joined_facts
        distinct = facts.select("head", "relation", "tail").unique()
        self._joined = self._counts(distinct)
        self._own = [self._counts(facts.filter(graph=graph)) for graph in range(len(data.graphs))]

    @property
    def names(self) -> tuple[str, ...]:
        """See :attr:`Scorer.names`."""
        return ("frequency", "frequency here")

    def _counts(self, facts: pl.DataFrame) -> sparse.csr_matrix:
        """Relations × joined entities."""
        shape = (self._data.relation_count, self._data.joined_count)
        ends = (facts["relation"].to_numpy(), facts["tail"].to_numpy())
        return sparse.csr_matrix((np.ones(facts.height, np.float32), ends), shape)

    def score(self, queries: Queries) -> Layers:
        """See :meth:`Scorer.score`."""
        here = self._data.joined[slice(*self._data.offsets[queries.graph : queries.graph + 2])]
        layers = [
            np.log1p(counts[queries.relation].toarray()[:, here])
            for counts in (self._joined, self._own[queries.graph])
        ]
        return np.stack(layers).astype(np.float32)


class RangeScorer(Scorer):
    """Whether an entity is of the kind of the relation's tails: the cosine of what is stated of them.

    An entity's profile marks the relations that it has, in either direction, weighed by how rare they
    are; a relation's is the sum of its tails', the relation itself left out.
    """

    def __init__(self, data: CompletionData) -> None:
        self._data = data
        self._profiles = _profiles(data)
        self._ranges = _ranges(data, self._profiles)

    @property
    def names(self) -> tuple[str, ...]:
        """See :attr:`Scorer.names`."""
        return ("range",)

    def score(self, queries: Queries) -> Layers:
        """See :meth:`Scorer.score`."""
        here = self._data.joined[slice(*self._data.offsets[queries.graph : queries.graph + 2])]
        relations, place = np.unique(queries.relation, return_inverse=True)
        scores = np.asarray((self._profiles[here] @ self._ranges[relations].T.toarray()).T, np.float32)
        return scores[place][None]


def _profiles(data: CompletionData) -> sparse.csr_matrix:
    """Joined entities × directed relations, rows of length 1."""
    stated = both_ways(data).select("head", "relation").unique().sort("head", "relation")
    relation = stated["relation"].to_numpy()
    rarity = np.log(data.joined_count / np.bincount(relation, minlength=1)[relation])
    shape = (data.joined_count, 2 * data.relation_count)
    return _normalised(sparse.csr_matrix((rarity, (stated["head"].to_numpy(), relation)), shape))


def _ranges(data: CompletionData, profiles: sparse.csr_matrix) -> sparse.csr_matrix:
    """Relations × directed relations, rows of length 1: the mean profile of a relation's tails."""
    tails = data.joined_facts.select("relation", "tail").unique().sort("relation", "tail")
    relation: Ids = tails["relation"].to_numpy()
    shape = (data.relation_count, data.joined_count)
    member = sparse.csr_matrix((np.ones(tails.height), (relation, tails["tail"].to_numpy())), shape)
    total = sparse.coo_matrix(member @ profiles)
    other = total.col != total.row + data.relation_count
    kept = (total.data[other], (total.row[other], total.col[other]))
    return _normalised(sparse.csr_matrix(kept, total.shape))


def _normalised(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    length: NDArray[np.float64] = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1))).ravel()
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(length, 1e-12)) @ matrix)
