"""What every structure encoder offers: vectors of entities, made from what surrounds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.align.candidates import Ids, Scores, pairwise_products
from kgalign.align.signals.vectors import Matrix


@dataclass(frozen=True)
class Matches:
    """Entities taken to be the same while the structure is encoded.

    An entity may have several matches, each less than sure.

    Attributes:
        source: entity ids of the first graph.
        target: entity ids of the second graph.
        weight: how sure each match is, 0 to 1.
        given: whether it was known from outside, a seed link; None where none was.
    """

    source: Ids
    target: Ids
    weight: NDArray[np.float64]
    given: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True)
class StructureVectors:
    """A vector per entity of each graph, in one space; rows have length 1, or 0 where nothing is known.

    The vectors may be those of several models side by side, each of the same width and length. A model
    that was trained on an entity's match finds it alike for that reason, and has no say on the entity.

    Attributes:
        first: entities of the first graph × dimensions.
        second: entities of the second graph × dimensions.
        models: number of models.
        biased: for each graph's entities, the model that was trained on their match, -1 for none; None
            where no model was.
    """

    first: Matrix
    second: Matrix
    models: int = 1
    biased: tuple[Ids, Ids] | None = None

    def likeness(self, source: Ids, target: Ids) -> Scores:
        """Cosine of each pair; of several models, the mean over those that are not biased."""
        if self.biased is None:
            return pairwise_products(self.first, self.second, source, target)
        total, count = np.zeros(len(source), np.float32), np.zeros(len(source), np.float32)
        width = self.first.shape[1] // self.models
        for model in range(self.models):
            fair = (self.biased[0][source] != model) & (self.biased[1][target] != model)
            rows, part = np.flatnonzero(fair), slice(model * width, (model + 1) * width)
            total[rows] += pairwise_products(
                self.first[:, part], self.second[:, part], source[rows], target[rows]
            )
            count[rows] += 1
        return np.asarray(total * self.models / np.maximum(count, 1), np.float32)


class StructureEncoder(Protocol):
    """Turns matches and edges into vectors that are alike for entities in alike surroundings.

    An encoder holds two graphs' edges and may keep what it learnt between calls; the same calls
    give the same vectors.
    """

    @property
    def name(self) -> str:
        """The name of its signal."""

    def learnt_from(self, source: Ids, target: Ids) -> NDArray[np.bool_]:
        """Whether each given pair was trained on, so that its likeness proves nothing."""

    def encode(self, matches: Matches, correspondence: pl.DataFrame | None) -> StructureVectors:
        """Vectors of all entities.

        Args:
            matches: entities taken to be the same.
            correspondence: which relations correspond (see
                :func:`~kgalign.align.structure.relations.correspondences`); None while unknown.
        """
