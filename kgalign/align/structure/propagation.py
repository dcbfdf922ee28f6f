"""Structure vectors without training: names of matched entities, passed on along the relations.

LightEA (Mao et al. 2022) gives both entities of each match one random vector and averages these
vectors over the neighbours, hop after hop. Here each message is also *bound* to the relation that it
passes: multiplied by the relation's random signs, which corresponding relations share. Two entities
are alike, then, if they reach the same matched entities along the same relations; without the
binding, only that they reach them. Where correspondence is partial, so are the shared signs.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from kgalign.align.candidates import Ids
from kgalign.align.signals.vectors import Matrix, unit_rows
from kgalign.align.structure.base import Matches, StructureVectors
from kgalign.align.structure.neighbourhood import Neighbourhood

_HOPS = 3
_UNBOUND_SHARE = 0.5
_FULL_CORRESPONDENCE = 0.5
_PORTS_AT_ONCE = 60_000

Column = NDArray[np.float32]


class Propagation:
    """Relation-bound propagation of random vectors.

    Args:
        first: one graph's edges.
        second: the other's.
        dimensions: length of the vector of each hop; the noise of a similarity is about its
            inverse square root.
        seed: of the random vectors.
    """

    name = "propagation"

    def __init__(
        self, first: Neighbourhood, second: Neighbourhood, *, dimensions: int = 256, seed: int = 0
    ) -> None:
        generator = np.random.default_rng(seed)
        scale = np.float32(1 / np.sqrt(dimensions))
        self._names: Matrix = generator.standard_normal((first.entities, dimensions), np.float32) * scale
        signs = np.array([-1, 1], np.float32)
        self._signs: Matrix = generator.choice(signs, size=(2 * first.relations, dimensions))
        self._relations = (2 * first.relations, 2 * second.relations)
        self._messages = (_Messages(first), _Messages(second))

    def learnt_from(self, source: Ids, target: Ids) -> NDArray[np.bool_]:
        """Nothing is learnt here."""
        return np.zeros(len(source), bool)

    def encode(self, matches: Matches, correspondence: pl.DataFrame | None) -> StructureVectors:
        """See :meth:`~kgalign.align.structure.base.StructureEncoder.encode`."""
        first, second = self._messages
        weight = matches.weight.astype(np.float32)
        shared = sparse.csr_matrix(
            (weight, (matches.target, matches.source)), shape=(second.entities, first.entities)
        )
        own_mass = _mass(matches.source, weight, first.entities)
        other_mass = _mass(matches.target, weight, second.entities)
        bindings = self._bindings(correspondence)
        return StructureVectors(
            first.propagated(self._names * own_mass[:, None], own_mass, bindings[0]),
            second.propagated(np.asarray(shared @ self._names, np.float32), other_mass, bindings[1]),
        )

    def _bindings(self, correspondence: pl.DataFrame | None) -> tuple[Matrix, Matrix]:
        """Signs of each graph's relations, smaller the less a relation corresponds to any."""
        if correspondence is None:
            nothing = [np.zeros((count, self._signs.shape[1]), np.float32) for count in self._relations]
            return nothing[0], nothing[1]
        agreement = np.sqrt(correspondence["forward"].to_numpy() * correspondence["backward"].to_numpy())
        table = sparse.csr_matrix(
            (
                agreement.astype(np.float32),
                (correspondence["relation"].to_numpy(), correspondence["counterpart"].to_numpy()),
            ),
            shape=self._relations,
        )
        strength = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
        mapped = np.asarray(table.T @ self._signs, np.float32)
        spread = np.sqrt((mapped**2).mean(axis=1))
        return (
            self._signs * _presence(strength),
            mapped / np.maximum(spread, 1e-6)[:, None] * _presence(spread),
        )


def _mass(entity: Ids, weight: Column, entities: int) -> Column:
    """How sure it is that each entity is matched at all."""
    return np.minimum(np.bincount(entity, weight, entities), 1).astype(np.float32)


def _presence(strength: NDArray[np.float32]) -> Matrix:
    present: Matrix = np.minimum(strength / _FULL_CORRESPONDENCE, 1).astype(np.float32)[:, None]
    return present


class _Messages:
    """One graph's edges as a sum of messages: what each (neighbour, relation) sends to whom."""

    def __init__(self, graph: Neighbourhood) -> None:
        edges = graph.relation_edges()
        entity, relation, neighbour = (
            edges[column].to_numpy().astype(np.int64) for column in ("entity", "relation", "neighbour")
        )
        rarity = np.log(max(graph.entities, 2) / edges["sharing"].to_numpy())
        weight = np.sqrt(rarity.clip(0)).astype(np.float32)
        self.entities = graph.entities
        self._both_ways = max(2 * graph.relations, 1)
        self._inverse = (np.arange(self._both_ways) + graph.relations) % self._both_ways
        sender, number = np.unique(neighbour * self._both_ways + relation, return_inverse=True)
        self._sender, self._relation = sender // self._both_ways, sender % self._both_ways
        self._receivers = sparse.csc_matrix((weight, (entity, number)), shape=(graph.entities, len(sender)))
        self._edges = (entity, relation, neighbour)
        # Each edge is listed from both its ends; sorted by mirrored keys, the two lists pair up.
        forth = np.lexsort((neighbour, relation, entity))
        back = np.lexsort((entity, self._inverse[relation], neighbour))
        self._there_and_back = np.empty(len(weight), np.float32)
        self._there_and_back[back] = weight[back] * weight[forth]

    def propagated(self, own: Matrix, mass: Column, binding: Matrix) -> Matrix:
        """Vectors of 1 to 3 hops side by side, unit length.

        A matched entity passes on its name; one that isn't, what it has received. What comes back
        after two hops to the entity that sent it is taken off: a wrong match must not confirm
        itself.
        """
        sent = own
        free = (1 - mass)[:, None]
        hops: list[Matrix] = []
        for hop in range(_HOPS):
            received = self._received(sent, binding)
            if hop == 0:
                length = np.linalg.norm(received, axis=1)
                returning = free[:, 0] / np.maximum(length, 1e-9)
            elif hop == 1:
                received -= own * self._returned(returning, binding)
            hops.append(unit_rows(received))
            sent = own + free * hops[-1]
        return unit_rows(np.concatenate(hops, axis=1))

    def _received(self, sent: Matrix, binding: Matrix) -> Matrix:
        received = np.zeros_like(sent)
        for start in range(0, len(self._sender), _PORTS_AT_ONCE):
            block = slice(start, start + _PORTS_AT_ONCE)
            bound = sent[self._sender[block]] * (_UNBOUND_SHARE + binding[self._relation[block]])
            received += self._receivers[:, block] @ bound
        return received

    def _returned(self, passed_on: Column, binding: Matrix) -> Matrix:
        """What part of an entity's own name comes back to it from its neighbours after two hops."""
        entity, relation, neighbour = self._edges
        if len(entity) == 0:
            return np.zeros((self.entities, binding.shape[1]), np.float32)
        share = sparse.csr_matrix(
            (self._there_and_back * passed_on[neighbour], (entity, relation)),
            shape=(self.entities, self._both_ways),
        )
        there_and_back = (_UNBOUND_SHARE + binding) * (_UNBOUND_SHARE + binding[self._inverse])
        return np.asarray(share @ there_and_back, np.float32)
