"""Evidence from matched neighbours: two entities that share rare ones are probably the same.

For a candidate pair (x, y), each neighbour x' of x whose match y' is a neighbour of y counts by

* the information in sharing it, log(N / sharing), where ``sharing`` is how many entities have that
  relation to that neighbour in the graph where they are more: the inverse functionality of PARIS,
  taken locally instead of as an average over the relation; for values that are only near each other
  it is at least the match's ``crowd``, how many entities hold values as near;
* how well the two relations correspond;
* the weight of the match x' ≡ y'.

A neighbour may have several matches (values near it), but counts once in a pair, with one of the
other's neighbours.

The work is a join of the candidates with their neighbours' matches, linear in candidates × degree;
no entity-by-entity matrix is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.align.candidates import Ids, Pairs, blocks_of_work
from kgalign.align.structure.matches import by_fan_out, has_several
from kgalign.align.structure.neighbourhood import FIXED_POINT, Neighbourhood, fixed_point
from kgalign.align.values import MATCH_SCHEMA

_UNKNOWN_CORRESPONDENCE = 0.5
_LEAST_CORRESPONDENCE = 0.02
_PROPOSING_BLOCK = 400_000
_SCORING_BLOCK = 1_000_000
_SMOOTHING = 5.0
_SHARING = pl.max_horizontal("sharing", "counterpart_sharing", "crowd")
_NOTHING_SHARED = pl.DataFrame(
    schema={
        "row": pl.UInt32,
        "relation": pl.UInt32,
        "neighbour": pl.UInt32,
        "counterpart": pl.UInt32,
        "counterpart_neighbour": pl.UInt32,
        "information": pl.Float64,
    }
)


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
        value_matches: ``source``, ``target`` (numbers of value neighbours), ``weight`` and ``crowd``
            (see :class:`~kgalign.align.values.ComparedValues`): values are matched from the start.
    """

    def __init__(self, first: Neighbourhood, second: Neighbourhood, value_matches: pl.DataFrame) -> None:
        self._first = first
        self._second = second
        self._population = max(first.entities, second.entities, 2)
        self._value_matches = value_matches.select(MATCH_SCHEMA.names())
        self._capacity = {
            values: (
                first.capacity(values, self._population, self._known("source")) + _SMOOTHING,
                second.capacity(values, self._population, self._known("target")) + _SMOOTHING,
            )
            for values in (False, True)
        }

    def matches(self, source: Ids, target: Ids, weight: NDArray[np.float64]) -> pl.DataFrame:
        """Matched entities (of ``crowd`` 1), together with the matched values."""
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
        shared = np.zeros(len(pairs))
        doubt = np.zeros(len(pairs))
        matches = self._of_kind(matches, values)
        several = has_several(matches)
        for found in self._found(pairs, matches, correspondence):
            certain = pl.col("strength") / _SHARING
            summed = (
                _once(found.with_columns(doubt=-(1 - 0.95 * certain).log()), several)
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

    def shared(
        self, pairs: Pairs, matches: pl.DataFrame, correspondence: pl.DataFrame | None, *, values: bool
    ) -> pl.DataFrame:
        """What each of *pairs* shares, neighbour by neighbour: the terms that :meth:`score` adds up.

        Args:
            pairs: few pairs, such as the links; the result has a row for each neighbour they share.
            matches: see :meth:`matches`.
            correspondence: as for :meth:`score`.
            values: the values shared, or the matched entities.

        Returns:
            ``row`` (of *pairs*), ``relation``, ``neighbour`` (numbers of the first graph),
            ``counterpart``, ``counterpart_neighbour`` (of the second) and ``information`` (nats,
            weighted by correspondence and match); where several edges or matches lead to a neighbour,
            the most informative. Ordered by row, then from the most informative.
        """
        order = ["row", "information", "neighbour", "counterpart_neighbour", "relation", "counterpart"]
        parts = [
            _one_to_one(found.select(order).sort(order, descending=[False, True, False, False, False, False]))
            for found in self._found(pairs, self._of_kind(matches, values), correspondence)
        ]
        return pl.concat(parts) if parts else _NOTHING_SHARED.select(order)

    def _found(
        self, pairs: Pairs, matches: pl.DataFrame, correspondence: pl.DataFrame | None
    ) -> Iterator[pl.DataFrame]:
        """What pairs share, block by block: an edge of each entity and the ``information`` of both."""
        own, other = self._edges()
        forward, backward = by_fan_out(
            matches.rename({"source": "neighbour", "target": "counterpart_neighbour"}),
            "neighbour",
            "counterpart_neighbour",
        )
        of_source = own.join(forward, on="neighbour")
        of_target = other.join(backward, on="counterpart_neighbour")
        work = np.bincount(of_source["source"].to_numpy(), minlength=pairs.sources)[pairs.source]
        work += np.bincount(of_target["target"].to_numpy(), minlength=pairs.targets)[pairs.target]
        for block in blocks_of_work(work, _SCORING_BLOCK):
            rows = pl.DataFrame(
                {
                    "row": np.arange(block.start, block.stop, dtype=np.uint32),
                    "source": pairs.source[block].astype(np.uint32),
                    "target": pairs.target[block].astype(np.uint32),
                }
            )
            found = rows.join(of_source, on="source").join(other, on=["target", "counterpart_neighbour"])
            if of_target.height:
                rest = rows.join(of_target, on="target").join(own, on=["source", "neighbour"])
                found = pl.concat([found, rest.select(found.columns)])
            yield _strength(found, correspondence).with_columns(
                information=self._information() * pl.col("strength")
            )

    def _edges(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The edges of both graphs, under the names that what a pair shares has."""
        own = self._first.edges.rename({"entity": "source"})
        other = self._second.edges.rename(
            {
                "entity": "target",
                "neighbour": "counterpart_neighbour",
                "relation": "counterpart",
                "sharing": "counterpart_sharing",
            }
        )
        return own, other

    def _of_kind(self, matches: pl.DataFrame, values: bool) -> pl.DataFrame:
        is_value = pl.col("source") >= self._first.entities
        return matches.filter(is_value if values else ~is_value)

    def _known(self, end: str) -> pl.DataFrame:
        """How well and in what crowd the values of one graph can match at all."""
        return self._value_matches.select(pl.col(end).alias("neighbour"), "weight", "crowd").unique()

    def propose(self, matches: pl.DataFrame, count: int, hub_limit: int) -> tuple[Ids, Ids]:
        """The *count* pairs of each entity that share the most, found through their neighbours.

        Args:
            matches: see :meth:`matches`.
            count: how many targets per source, and sources per target, to keep.
            hub_limit: neighbours that more entities share, by the same relation, propose nothing; nor
                do matches of a larger crowd.
        """
        few = pl.col("sharing") <= hub_limit
        usable = matches.filter(pl.col("crowd") <= hub_limit).rename(
            {"source": "neighbour", "target": "counterpart_neighbour"}
        )
        first = (
            self._first.edges.filter(few)
            .join(usable.with_columns(several=pl.len().over("neighbour") > 1), on="neighbour")
            .group_by("entity", "counterpart_neighbour")
            .agg(pl.min("sharing", "crowd", "neighbour"), pl.max("weight", "several"))
            .rename({"entity": "source"})
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
                _each_neighbour_once(
                    block.join(second, on="counterpart_neighbour").with_columns(
                        information=fixed_point(pl.col("weight") * (self._population / _SHARING).log())
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

    def _information(self) -> pl.Expr:
        return (self._population / _SHARING).log().clip(0)


def _once(found: pl.DataFrame, several: bool) -> pl.DataFrame:
    """``row`` with the ``information`` and ``doubt`` of each neighbour shared, no neighbour twice.

    Args:
        found: what pairs share, by every edge and match.
        several: whether a neighbour may have several matches.
    """
    if not several:
        return found.group_by("row", "neighbour").agg(pl.max("information"), pl.max("doubt"))
    keys = ["row", "neighbour", "counterpart_neighbour"]
    best = found.group_by(keys).agg(pl.max("information"), pl.max("doubt"))
    order = ["row", "information", "neighbour", "counterpart_neighbour"]
    return _one_to_one(best.sort(order, descending=[False, True, False, False]))


def _one_to_one(ranked: pl.DataFrame) -> pl.DataFrame:
    """The first row of each neighbour and, of these, the first of each counterpart, pair by pair."""
    return ranked.unique(["row", "neighbour"], keep="first", maintain_order=True).unique(
        ["row", "counterpart_neighbour"], keep="first", maintain_order=True
    )


def _each_neighbour_once(shared: pl.DataFrame) -> pl.DataFrame:
    """``source``, ``target`` and ``information``, the best where a neighbour has several matches."""
    columns = ["source", "target", "information"]
    several = (
        shared.filter("several")
        .group_by("source", "target", "neighbour")
        .agg(pl.max("information"))
        .select(columns)
    )
    return pl.concat([shared.filter(~pl.col("several")).select(columns), several])


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
    ).with_columns(crowd=pl.lit(1, pl.UInt32))


def _source_blocks(first: pl.DataFrame) -> list[pl.DataFrame]:
    """Cut *first* (sorted by source) between sources, by the number of rows that a join will give."""
    if first.height == 0:
        return []
    source = first["source"].to_numpy()
    blocks = blocks_of_work(first["fan_out"].to_numpy().astype(np.int64), _PROPOSING_BLOCK)
    cuts = [int(np.searchsorted(source, source[block.start], "left")) for block in blocks]
    bounds = sorted({*cuts, first.height})
    return [first.slice(a, b - a) for a, b in pairwise(bounds)]
