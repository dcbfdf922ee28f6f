"""Evidence from matched neighbours: two entities that share rare ones are probably the same.

For a candidate pair (x, y), each neighbour x' of x whose match y' is a neighbour of y counts by

* the information in sharing it, log(N / sharing), where ``sharing`` is how many entities have that
  relation to that neighbour in the graph where they are more: the inverse functionality of PARIS,
  taken locally instead of as an average over the relation;
* how well the two relations correspond;
* the weight of the match x' ≡ y'.

The work is a join of the candidates with their neighbours' matches, linear in candidates × degree;
no entity-by-entity matrix is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.align.candidates import Ids, Pairs, blocks_of_work
from kgalign.align.structure.neighbourhood import FIXED_POINT, Neighbourhood, fixed_point

_UNKNOWN_CORRESPONDENCE = 0.5
_LEAST_CORRESPONDENCE = 0.02
_PROPOSING_BLOCK = 400_000
_SCORING_BLOCK = 1_500_000
_SMOOTHING = 5.0


@dataclass(frozen=True)
class Evidence:
    """What the matched neighbours say, per candidate pair.

    Attributes:
        likeness: shared information over the geometric mean of both entities' information, 0 to 1.
        certainty: 1 - ∏ (1 - weight × correspondence / sharing), the noisy-or of PARIS, 0 to 1.
    """

    likeness: NDArray[np.float32]
    certainty: NDArray[np.float32]


class MatchedNeighbours:
    """Evidence between two graphs, given matches of neighbours.

    Args:
        first: one graph's edges.
        second: the other's.
        shared_values: number of values that both graphs state; they are matched from the start.
    """

    def __init__(self, first: Neighbourhood, second: Neighbourhood, shared_values: int) -> None:
        self._first = first
        self._second = second
        self._population = max(first.entities, second.entities, 2)
        numbers = np.arange(shared_values, dtype=np.int64)
        self._value_matches = _matches(
            numbers + first.entities, numbers + second.entities, np.ones(shared_values)
        )
        self._capacity = {
            values: (
                first.capacity(values, self._population) + _SMOOTHING,
                second.capacity(values, self._population) + _SMOOTHING,
            )
            for values in (False, True)
        }

    def matches(self, source: Ids, target: Ids, weight: NDArray[np.float64]) -> pl.DataFrame:
        """Matched entities, together with the values that both graphs state."""
        return pl.concat([_matches(source, target, weight), self._value_matches])

    def score(
        self, pairs: Pairs, matches: pl.DataFrame, correspondence: pl.DataFrame | None, *, values: bool
    ) -> Evidence:
        """Evidence for each of *pairs*.

        Args:
            pairs: the candidates.
            matches: see :meth:`matches`.
            correspondence: see :func:`~kgalign.align.structure.relations.correspondences`; None
                while nothing is known, when all relations correspond a little.
            values: the evidence of shared values, or that of matched entities.
        """
        reached = self._reached(matches, values)
        second = self._second.edges.select(
            pl.col("entity").alias("target"),
            pl.col("neighbour").alias("counterpart_neighbour"),
            pl.col("relation").alias("counterpart"),
            pl.col("sharing").alias("counterpart_sharing"),
        )
        shared = np.zeros(len(pairs))
        doubt = np.zeros(len(pairs))
        degree = np.bincount(reached["source"].to_numpy(), minlength=pairs.sources)
        for block in blocks_of_work(degree[pairs.source], _SCORING_BLOCK):
            rows = pl.DataFrame(
                {
                    "row": np.arange(block.start, block.stop, dtype=np.uint32),
                    "source": pairs.source[block].astype(np.uint32),
                    "target": pairs.target[block].astype(np.uint32),
                }
            )
            found = _strength(
                rows.join(reached, on="source").join(second, on=["target", "counterpart_neighbour"]),
                correspondence,
            )
            certain = pl.col("strength") / pl.max_horizontal("sharing", "counterpart_sharing")
            summed = (
                found.with_columns(
                    information=self._information() * pl.col("strength"),
                    doubt=-(1 - 0.95 * certain).log(),
                )
                .group_by("row", "neighbour")
                .agg(pl.max("information"), pl.max("doubt"))
                .with_columns(fixed_point(pl.col("information")), fixed_point(pl.col("doubt")))
                .group_by("row")
                .agg(pl.sum("information"), pl.sum("doubt"))
            )
            position = summed["row"].to_numpy()
            shared[position] = summed["information"].to_numpy() / FIXED_POINT
            doubt[position] = summed["doubt"].to_numpy() / FIXED_POINT
        first, second_capacity = self._capacity[values]
        likeness = shared / np.sqrt(first[pairs.source] * second_capacity[pairs.target])
        return Evidence(likeness.astype(np.float32), (1 - np.exp(-doubt)).astype(np.float32))

    def propose(self, matches: pl.DataFrame, count: int, hub_limit: int) -> tuple[Ids, Ids]:
        """The *count* pairs of each entity that share the most, found through their neighbours.

        Args:
            matches: see :meth:`matches`.
            count: how many targets per source, and sources per target, to keep.
            hub_limit: neighbours that more entities share, by the same relation, propose nothing.
        """
        few = pl.col("sharing") <= hub_limit
        first = (
            self._first.edges.filter(few)
            .join(matches.rename({"source": "neighbour", "target": "counterpart_neighbour"}), on="neighbour")
            .group_by("entity", "counterpart_neighbour")
            .agg(pl.min("sharing"), pl.max("weight"))
            .rename({"entity": "source"})
            .sort("source", "counterpart_neighbour")
        )
        second = (
            self._second.edges.filter(few)
            .group_by("entity", "neighbour")
            .agg(pl.min("sharing"))
            .rename(
                {"entity": "target", "neighbour": "counterpart_neighbour", "sharing": "counterpart_sharing"}
            )
        )
        fan_out = second.group_by("counterpart_neighbour").agg(fan_out=pl.len())
        first = first.join(fan_out, on="counterpart_neighbour").sort("source", "counterpart_neighbour")
        kept: list[tuple[pl.DataFrame, pl.DataFrame]] = []
        for block in _source_blocks(first):
            shared = (
                block.join(second, on="counterpart_neighbour")
                .with_columns(
                    information=fixed_point(
                        pl.col("weight")
                        * (self._population / pl.max_horizontal("sharing", "counterpart_sharing")).log()
                    )
                )
                .group_by("source", "target")
                .agg(pl.sum("information"))
            )
            kept.append(self._best(shared, count))
        if not kept:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        by_source = pl.concat([of_source for of_source, _ in kept])
        by_target = _top(pl.concat([of_target for _, of_target in kept]), "target", "source", count)
        chosen = (
            pl.concat([by_source, by_target]).select("source", "target").unique().sort("source", "target")
        )
        return chosen["source"].to_numpy().astype(np.int64), chosen["target"].to_numpy().astype(np.int64)

    def _best(self, shared: pl.DataFrame, count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        source, target = self._capacity_of_both(shared)
        ranked = shared.with_columns(likeness=shared["information"].to_numpy() / np.sqrt(source * target))
        return _top(ranked, "source", "target", count), _top(ranked, "target", "source", count)

    def _capacity_of_both(self, pairs: pl.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        total = [self._capacity[False][side] + self._capacity[True][side] for side in (0, 1)]
        return total[0][pairs["source"].to_numpy()], total[1][pairs["target"].to_numpy()]

    def _reached(self, matches: pl.DataFrame, values: bool) -> pl.DataFrame:
        is_value = pl.col("neighbour") >= self._first.entities
        return (
            self._first.edges.filter(is_value if values else ~is_value)
            .join(matches.rename({"source": "neighbour", "target": "counterpart_neighbour"}), on="neighbour")
            .select(
                pl.col("entity").alias("source"),
                "relation",
                "neighbour",
                "counterpart_neighbour",
                "sharing",
                "weight",
            )
        )

    def _information(self) -> pl.Expr:
        sharing = pl.max_horizontal("sharing", "counterpart_sharing")
        return (self._population / sharing).log().clip(0)


def _strength(found: pl.DataFrame, correspondence: pl.DataFrame | None) -> pl.DataFrame:
    if correspondence is None:
        return found.with_columns(strength=pl.col("weight") * _UNKNOWN_CORRESPONDENCE)
    known = correspondence.select(
        "relation", "counterpart", agreement=pl.max_horizontal("forward", "backward")
    )
    return found.join(known, on=["relation", "counterpart"], how="left").with_columns(
        strength=pl.col("weight") * pl.col("agreement").fill_null(0.0).clip(_LEAST_CORRESPONDENCE, 1.0)
    )


def _top(frame: pl.DataFrame, group: str, tie: str, count: int) -> pl.DataFrame:
    return (
        frame.sort(group, "likeness", tie, descending=[False, True, False])
        .group_by(group, maintain_order=True)
        .head(count)
        .select("source", "target", "likeness")
    )


def _matches(source: Ids, target: Ids, weight: NDArray[np.float64]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "source": np.asarray(source, np.uint32),
            "target": np.asarray(target, np.uint32),
            "weight": np.asarray(weight, np.float64),
        }
    )


def _source_blocks(first: pl.DataFrame) -> list[pl.DataFrame]:
    """Cut *first* (sorted by source) between sources, by the number of rows that a join will give."""
    if first.height == 0:
        return []
    source = first["source"].to_numpy()
    blocks = blocks_of_work(first["fan_out"].to_numpy().astype(np.int64), _PROPOSING_BLOCK)
    cuts = [int(np.searchsorted(source, source[block.start], "left")) for block in blocks]
    bounds = sorted({*cuts, first.height})
    return [first.slice(a, b - a) for a, b in pairwise(bounds)]
