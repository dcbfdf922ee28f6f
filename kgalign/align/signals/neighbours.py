"""What the names of an entity's neighbours say, before any of them is matched.

Name vectors are spread along the relations and averaged, once and twice (the feature propagation of
SEU; Mao et al. 2021). A neighbour that many entities share is taken less into account.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from kgalign.align.candidates import Ids, Pairs, Scores, pairwise_products
from kgalign.align.nearest import nearest_both_ways, pairs_of
from kgalign.align.signals.vectors import Matrix, unit_rows
from kgalign.align.structure.neighbourhood import Neighbourhood

_OWN_SHARE = (1.0, 0.5, 0.3)


class NeighbourNames:
    """Compares the names around two entities, at one and at two hops.

    Args:
        first: one graph's edges.
        second: the other's.
        vectors: for each graph, a name vector per entity (0 for nameless ones).
    """

    def __init__(self, first: Neighbourhood, second: Neighbourhood, vectors: tuple[Matrix, Matrix]) -> None:
        self._own = vectors
        self._around = tuple(
            _spread(graph, own, hops=2) for graph, own in zip((first, second), vectors, strict=True)
        )

    def propose(self, count: int) -> list[tuple[Ids, Ids]]:
        """The *count* closest targets of each source, and converse, by names near and far together."""
        together = [
            unit_rows(
                np.concatenate(
                    [share * part for share, part in zip(_OWN_SHARE, (own, *around), strict=True)], axis=1
                )
            )
            for own, around in zip(self._own, self._around, strict=True)
        ]
        (_, there), (_, back) = nearest_both_ways(together[0], together[1], count)
        target, source = pairs_of(back)
        return [pairs_of(there), (source, target)]

    def score(self, pairs: Pairs) -> dict[str, Scores]:
        """``neighbour_names`` and ``far_names``: cosines of the names one and two hops away."""
        return {
            name: pairwise_products(first, second, pairs.source, pairs.target)
            for name, first, second in zip(("neighbour_names", "far_names"), *self._around, strict=True)
        }


def _spread(graph: Neighbourhood, vectors: Matrix, hops: int) -> list[Matrix]:
    edges = graph.relation_edges()
    entity, neighbour = edges["entity"].to_numpy(), edges["neighbour"].to_numpy()
    degree = np.bincount(neighbour, minlength=graph.entities)
    weight = (1 / np.log1p(degree[neighbour] + 1.0)).astype(np.float32)
    size = graph.entities
    adjacency = sparse.csr_matrix((weight, (entity, neighbour)), shape=(size, size))
    total = np.maximum(np.asarray(adjacency.sum(axis=1)).ravel(), 1e-9)
    mean_of_neighbours = sparse.csr_matrix(sparse.diags((1 / total).astype(np.float32)) @ adjacency)
    spread = []
    for _ in range(hops):
        vectors = (mean_of_neighbours @ vectors).astype(np.float32)
        spread.append(_centred_where_known(vectors))
    return spread


def _centred_where_known(vectors: Matrix) -> Matrix:
    unit = unit_rows(vectors)
    known = np.any(unit != 0, axis=1)
    if known.sum() > 1:
        unit[known] -= unit[known].mean(axis=0)
    return unit_rows(unit)
