"""Entities by the vectors of their names, and their similarity in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kgalign.align.candidates import Ids, blocks_of_work
from kgalign.align.signals.texts import Texts
from kgalign.align.signals.vectors import Matrix
from kgalign.encode import TextEncoder
from kgalign.encode.distinct_texts import distinct_texts

_PRODUCTS_AT_ONCE = 16_000_000


@dataclass(frozen=True)
class NamedEntities:
    """The entities of a graph that have names, each with a vector per name.

    Attributes:
        entity: their ids, ascending.
        bounds: the names of the i-th are the rows ``bounds[i]`` to ``bounds[i + 1]`` of *vectors*.
        vectors: one unit vector per name.
    """

    entity: Ids
    bounds: Ids
    vectors: Matrix

    def __len__(self) -> int:
        """Number of entities."""
        return len(self.entity)

    @classmethod
    def of(cls, texts: Texts, vectors: Matrix) -> NamedEntities:
        """Join names and their vectors.

        Args:
            texts: the names, sorted by entity.
            vectors: one per row of *texts*.
        """
        entity, first = np.unique(texts.rows["entity"].to_numpy().astype(np.int64), return_index=True)
        return cls(entity, np.append(first, texts.rows.height).astype(np.int64), vectors)

    def places(self, entities: Ids) -> Ids:
        """The place of each of *entities* among these; -1 for one that has no name."""
        if not len(self):
            return np.full(len(entities), -1, np.int64)
        place = np.minimum(np.searchsorted(self.entity, entities), len(self) - 1)
        return np.where(self.entity[place] == entities, place, -1)

    def at(self, places: Ids) -> NamedEntities:
        """Those at *places* alone, which ascend without repeats."""
        sizes = np.diff(self.bounds)[places]
        bounds = np.concatenate([[0], np.cumsum(sizes)])
        rows = np.arange(bounds[-1]) + np.repeat(self.bounds[places] - bounds[:-1], sizes)
        return NamedEntities(self.entity[places], bounds, self.vectors[rows])


def distinct_vectors(encoder: TextEncoder, texts: Sequence[str]) -> Matrix:
    """The vectors of *texts* (n × d), each distinct text encoded once."""
    distinct, place = distinct_texts(texts)
    return encoder.encode(distinct)[place]


def similarity_blocks(queries: NamedEntities, keys: NamedEntities) -> Iterator[tuple[slice, Matrix]]:
    """The similarity of each of *queries* to each of *keys*: the cosine of their closest pair of names.

    Yields:
        Places of *queries*, and their similarity to all of *keys*; as many at a time as keep the
        products of names within memory.
    """
    work = np.diff(queries.bounds) * len(keys.vectors)
    for block in blocks_of_work(work, _PRODUCTS_AT_ONCE):
        bounds = queries.bounds[block.start : block.stop + 1]
        products = queries.vectors[bounds[0] : bounds[-1]] @ keys.vectors.T
        yield block, _best_of_each(_best_of_each(products, bounds - bounds[0], 0), keys.bounds, 1)


def _best_of_each(products: Matrix, bounds: Ids, axis: int) -> Matrix:
    if products.shape[axis] == len(bounds) - 1:
        return products
    best: Matrix = np.maximum.reduceat(products, bounds[:-1], axis=axis)
    return best
