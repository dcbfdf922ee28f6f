"""What the structure encoders contribute to the rounds: candidates, and likenesses of candidates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.align.candidates import Ids, Pairs, Scores
from kgalign.align.nearest import nearest_both_ways, pairs_of
from kgalign.align.options import AlignOptions
from kgalign.align.structure.base import Matches, StructureEncoder, StructureVectors
from kgalign.align.structure.neighbourhood import Neighbourhood
from kgalign.align.structure.propagation import Propagation

_SETTLED_WEIGHT = 0.9


def encoders_of(
    first: Neighbourhood, second: Neighbourhood, options: AlignOptions
) -> tuple[StructureEncoder, ...]:
    """The structure encoders that *options* ask for; none where a graph has no relations."""
    related = all(graph.relation_edges().height for graph in (first, second))
    if "structure" not in options.signals or not related:
        return ()
    chosen: list[StructureEncoder] = []
    if options.structure in ("propagation", "both"):
        chosen.append(Propagation(first, second, seed=options.seed))
    if options.structure in ("gnn", "both"):
        # Only who asks for the network waits for torch-geometric.
        from kgalign.align.structure.graph_attention import GraphAttention, Training

        training = Training(seed=options.seed)
        chosen.append(GraphAttention(first, second, training=training, device=options.device))
    return tuple(chosen)


class EncodedStructure:
    """The vectors of all encoders, renewed every round.

    Args:
        encoders: the encoders.
        sizes: number of entities of the two graphs.
        given: sources and targets that were known from outside to be the same.
    """

    def __init__(
        self, encoders: Sequence[StructureEncoder], sizes: tuple[int, int], given: tuple[Ids, Ids]
    ) -> None:
        self._encoders = tuple(encoders)
        self._sizes = sizes
        self._given = np.sort(given[0] * sizes[1] + given[1])
        self._vectors: tuple[StructureVectors, ...] = ()
        self._open = (np.arange(sizes[0]), np.arange(sizes[1]))

    def encode(self, matches: pl.DataFrame, correspondence: pl.DataFrame | None) -> None:
        """Renew the vectors.

        Args:
            matches: ``source``, ``target``, ``weight``; rows of values (numbered after the entities)
                are left out.
            correspondence: which relations correspond, None while unknown.
        """
        between = matches.filter((pl.col("source") < self._sizes[0]) & (pl.col("target") < self._sizes[1]))
        source, target = (between[side].to_numpy().astype(np.int64) for side in ("source", "target"))
        given = np.isin(source * self._sizes[1] + target, self._given)
        found = Matches(source, target, between["weight"].to_numpy(), given)
        self._vectors = tuple(encoder.encode(found, correspondence) for encoder in self._encoders)
        settled = found.weight >= _SETTLED_WEIGHT
        self._open = (
            np.setdiff1d(np.arange(self._sizes[0]), found.source[settled]),
            np.setdiff1d(np.arange(self._sizes[1]), found.target[settled]),
        )

    def propose(self, count: int) -> list[tuple[Ids, Ids]]:
        """The *count* closest of the other graph for every entity that isn't settled yet."""
        proposed: list[tuple[Ids, Ids]] = []
        for vectors in self._vectors:
            (_, targets), (_, sources) = nearest_both_ways(
                vectors.first,
                vectors.second,
                count,
                first_asking=self._open[0],
                second_asking=self._open[1],
            )
            proposed.append(pairs_of(targets, self._open[0]))
            proposed.append(pairs_of(sources, self._open[1])[::-1])
        return proposed

    def score(self, pairs: Pairs, names: Sequence[str]) -> list[Scores]:
        """Cosine of each pair by each encoder of *names*; 0 for an encoder that isn't there."""
        by_name = {
            encoder.name: vectors for encoder, vectors in zip(self._encoders, self._vectors, strict=True)
        }
        return [
            by_name[name].likeness(pairs.source, pairs.target)
            if name in by_name
            else np.zeros(len(pairs), np.float32)
            for name in names
        ]

    def unseen(self, source: Ids, target: Ids) -> NDArray[np.bool_]:
        """Which of the pairs no encoder was trained on."""
        unseen = np.ones(len(source), bool)
        for encoder in self._encoders:
            unseen &= ~encoder.learnt_from(source, target)
        return unseen
