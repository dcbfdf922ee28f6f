"""Both graphs' edges in one numbering, and the parts of them that a training step looks at."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from kgalign.align.candidates import Ids
from kgalign.align.structure.attention_network import Incidence, Subgraph
from kgalign.align.structure.neighbourhood import Neighbourhood


class JointGraph:
    """The second graph's entities and relations numbered after the first's.

    Args:
        first: one graph's edges.
        second: the other's.
    """

    def __init__(self, first: Neighbourhood, second: Neighbourhood) -> None:
        self.first_entities = first.entities
        self.entities = first.entities + second.entities
        self.relations = 2 * (first.relations + second.relations)
        parts = [first.relation_edges(), second.relation_edges()]
        shifts = ((0, 0), (first.entities, 2 * first.relations))
        columns = [
            np.concatenate(
                [
                    part[column].to_numpy().astype(np.int64) + shift
                    for part, shift in zip(parts, by, strict=True)
                ]
            )
            for column, by in (
                ("entity", [entity for entity, _ in shifts]),
                ("relation", [relation for _, relation in shifts]),
                ("neighbour", [entity for entity, _ in shifts]),
            )
        ]
        order = np.argsort(columns[0], kind="stable")
        self.entity, self.relation, self.neighbour = (column[order] for column in columns)
        self._start = np.searchsorted(self.entity, np.arange(self.entities + 1))

    def whole(self) -> Subgraph:
        """All of it."""
        return self._subgraph(np.arange(self.entities), np.arange(len(self.entity)))

    def around(
        self, entities: Ids, hops: int, fan_out: int, generator: np.random.Generator
    ) -> tuple[Subgraph, Ids]:
        """What *entities* see within some hops, at most *fan_out* random edges of each entity.

        Args:
            entities: where to start; distinct.
            hops: how far to go.
            fan_out: edges drawn per entity (with replacement; doubles are dropped).
            generator: of the random numbers.

        Returns:
            The subgraph, and the number of each of *entities* in it.
        """
        seen = np.zeros(self.entities, bool)
        seen[entities] = True
        frontier, chosen = np.sort(entities), []
        for _ in range(hops):
            edges = self._drawn(frontier, fan_out, generator)
            chosen.append(edges)
            reached = np.unique(self.neighbour[edges])
            frontier = reached[~seen[reached]]
            seen[frontier] = True
        inside = np.flatnonzero(seen)
        return (
            self._subgraph(inside, np.unique(np.concatenate(chosen))),
            np.searchsorted(inside, entities),
        )

    def _drawn(self, entities: Ids, fan_out: int, generator: np.random.Generator) -> Ids:
        degree = self._start[entities + 1] - self._start[entities]
        few = degree <= fan_out
        whole = np.repeat(self._start[entities[few]], degree[few])
        within = np.arange(len(whole)) - np.repeat(np.cumsum(degree[few]) - degree[few], degree[few])
        place = generator.random((int((~few).sum()), fan_out)) * degree[~few][:, None]
        drawn = self._start[entities[~few]][:, None] + place.astype(np.int64)
        return np.unique(np.concatenate([whole + within, drawn.ravel()]))

    def _subgraph(self, inside: Ids, edges: Ids) -> Subgraph:
        number = np.full(self.entities, -1, np.int64)
        number[inside] = np.arange(len(inside))
        relations = max(self.relations, 1)
        sender, column = np.unique(
            self.neighbour[edges] * relations + self.relation[edges], return_inverse=True
        )
        entity, neighbour = number[self.entity[edges]], number[self.neighbour[edges]]
        sending, sent = number[sender // relations], sender % relations
        every = np.arange(len(sender))
        return Subgraph(
            entity=torch.from_numpy(inside),
            neighbour=torch.from_numpy(sending),
            relation=torch.from_numpy(sent),
            received=_incidence(entity, column, (len(inside), len(sender))),
            neighbours=_incidence(entity, neighbour, (len(inside), len(inside))),
            incident=_incidence(entity, self.relation[edges], (len(inside), relations)),
            senders_of_entity=_tensor(_counts(sending, every, (len(inside), len(sender)))),
            senders_of_relation=_tensor(_counts(sent, every, (relations, len(sender)))),
        )


def _counts(rows: Ids, columns: Ids, shape: tuple[int, int]) -> sparse.csr_matrix:
    return sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)


def _incidence(rows: Ids, columns: Ids, shape: tuple[int, int]) -> Incidence:
    matrix = _counts(rows, columns, shape)
    return Incidence(_tensor(matrix), _tensor(sparse.csr_matrix(matrix.T)))


def _tensor(matrix: sparse.csr_matrix) -> torch.Tensor:
    # The product takes half as long with 32-bit indices; only a graph of billions of edges needs more.
    width = np.int32 if max(matrix.nnz, *matrix.shape) < 2**31 else np.int64
    with warnings.catch_warnings():
        # Torch calls its CSR tensors a beta; the product is all that is used of them.
        warnings.simplefilter("ignore", UserWarning)
        return torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(width)),
            torch.from_numpy(matrix.indices.astype(width)),
            torch.from_numpy(matrix.data),
            size=matrix.shape,
        )


def fingerprint(arrays: list[NDArray[np.int64]]) -> bytes:
    """The bytes that tell these columns from others."""
    return b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
