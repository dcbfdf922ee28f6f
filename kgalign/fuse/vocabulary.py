"""Which relations of the graphs are one: merged where each is mostly found under the other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from kgalign.align.candidates import Ids
from kgalign.fuse.repair import WeightedLinks, repaired
from kgalign.fuse.sources import Sources

# Stronger than any correspondence: the same IRI means the same relation.
_SAME_IRI = 1e6


@dataclass(frozen=True)
class Vocabulary:
    """The relations of the fused graph.

    Attributes:
        relation_of: the fused relation of each graph's relation, by number.
        iris: the IRI of each fused relation: that of the first, or of a preferred, graph.
        merged: how many relations share their fused relation with one of another IRI.
    """

    relation_of: Ids
    iris: pl.Series
    merged: int


def vocabulary(
    sources: Sources, correspondences: pl.DataFrame, least: float, rank: dict[int, int]
) -> Vocabulary:
    """Merge relations by IRI and by correspondence.

    A relation is merged with one relation of each other graph at most, the one that corresponds best;
    inverse correspondences (``^``) merge nothing. Relations keep an IRI of their own whatever the policy
    of entities: a vocabulary isn't minted anew.

    Args:
        sources: the graphs.
        correspondences: ``source_graph``, ``target_graph``, ``relation``, ``counterpart`` (IRIs),
            ``forward``, ``backward``.
        least: the least that both shares must reach.
        rank: the rank of each graph, by position; the lowest gives the IRI.
    """
    numbered = [
        graph.relations.select("iri", number=pl.col("id").cast(pl.Int64) + int(offset), graph=pl.lit(name))
        for graph, offset, name in zip(
            sources.graphs, sources.relation_offsets[:-1], sources.names, strict=True
        )
    ]
    everything = pl.concat(numbered)
    alike = (
        correspondences.filter(pl.min_horizontal("forward", "backward") >= least)
        .join(everything, left_on=["source_graph", "relation"], right_on=["graph", "iri"])
        .join(everything, left_on=["target_graph", "counterpart"], right_on=["graph", "iri"], suffix="_other")
        .select(
            first=pl.min_horizontal("number", "number_other"),
            second=pl.max_horizontal("number", "number_other"),
            strength=pl.min_horizontal("forward", "backward"),
        )
    )
    same = [
        numbered[i]
        .join(numbered[j], on="iri")
        .select(first="number", second="number_right", strength=pl.lit(_SAME_IRI))
        for i, j in combinations(range(len(numbered)), 2)
    ]
    links = (
        pl.concat([*same, alike]).group_by("first", "second").agg(pl.max("strength")).sort("first", "second")
    )
    label = repaired(
        WeightedLinks(
            links["first"].to_numpy(),
            links["second"].to_numpy(),
            links["strength"].to_numpy(),
            sources.graph_of_relation,
        )
    )
    _, place = np.unique(label, return_inverse=True)
    members = pl.DataFrame(
        {
            "relation": place,
            "iri": sources.relation_iris,
            "rank": pl.Series(sources.graph_of_relation).replace_strict(rank, return_dtype=pl.Int64),
        }
    )
    chosen = members.sort("relation", "rank").unique("relation", keep="first", maintain_order=True)
    merged = members.filter(pl.col("iri").n_unique().over("relation") > 1).height
    return Vocabulary(place, chosen["iri"], merged)
