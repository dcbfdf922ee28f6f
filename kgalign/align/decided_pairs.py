"""Decisions of people as what an alignment has to keep to: links that stand, and pairs that never link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from kgalign.align.candidates import Ids, Pairs
from kgalign.align.options import Cardinality
from kgalign.align.pairs import DistributedPairs, ResolvedPairs, distribute, one_per_entity
from kgalign.kg import KnowledgeGraph

_NONE = ResolvedPairs(np.empty(0, np.int64), np.empty(0, np.int64), 0, None)


@dataclass(frozen=True)
class DecidedPairs:
    """Pairs of two graphs that people decided about, by entity id; none is in both lists.

    Attributes:
        confirmed: sources and targets that are the same; each id at most once on its side, unless
            targets may be shared.
        declined: sources and targets that are not the same.
    """

    confirmed: tuple[Ids, Ids]
    declined: tuple[Ids, Ids]


@dataclass(frozen=True)
class DistributedDecisions:
    """Decisions about any of several graphs.

    Attributes:
        pairs: the decisions about each two graphs, by their positions, the lower one first; only of
            those that some decision is about.
        contradicted: number of confirmed pairs that gave way to a later decision about the same entity.
        unknown: number of decisions that don't name entities of two graphs.
        first_unknown: an IRI of the first of them, if there is one.
    """

    pairs: dict[tuple[int, int], DecidedPairs]
    contradicted: int
    unknown: int
    first_unknown: str | None


def distribute_decisions(
    decisions: pl.DataFrame, graphs: Sequence[KnowledgeGraph], cardinality: Cardinality = "one-to-one"
) -> DistributedDecisions:
    """Find the entities that *decisions* name among *graphs*.

    A pair may stand in either direction; of its decisions the last one counts, and of confirmed pairs
    that exclude each other the last one. Unsure decisions say nothing.

    Args:
        decisions: as :meth:`~kgalign.align.decisions.DecisionFile.read` gives them.
        graphs: the graphs.
        cardinality: whether a target may have several confirmed sources.
    """
    ends = (pl.min_horizontal("source", "target"), pl.max_horizontal("source", "target"))
    latest = (
        decisions.reverse()
        .unique(
            [end.alias(name) for end, name in zip(ends, ("low", "high"), strict=True)],
            keep="first",
            maintain_order=True,
        )
        .with_columns(line=pl.lit(None, pl.UInt32))
    )
    confirmed, declined = (
        distribute(latest.filter(pl.col("decision") == decision), graphs)
        for decision in ("confirmed", "declined")
    )
    contradicted = 0
    pairs = {}
    for i, j in combinations(range(len(graphs)), 2):
        if not {(i, j)} & (confirmed.pairs.keys() | declined.pairs.keys()):
            continue
        said, unsaid = confirmed.pairs.get((i, j), _NONE), declined.pairs.get((i, j), _NONE)
        refused = Pairs.union(
            [(unsaid.source, unsaid.target)], graphs[i].entity_count, graphs[j].entity_count
        )
        free = refused.position(said.source, said.target) < 0
        kept = one_per_entity(ResolvedPairs(said.source[free], said.target[free], 0, None), cardinality)
        contradicted += len(said.source) - len(kept[0])
        pairs[i, j] = DecidedPairs(kept, (refused.source, refused.target))
    return DistributedDecisions(
        pairs, contradicted, confirmed.unknown + declined.unknown, _first_unknown(confirmed, declined)
    )


def _first_unknown(*parts: DistributedPairs) -> str | None:
    return next((part.first_unknown[1] for part in parts if part.first_unknown is not None), None)
