"""Which entities are one, and what they are called: clusters with their canonical IRIs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import polars as pl

from kgalign.align.candidates import Ids
from kgalign.fuse.options import FuseOptions
from kgalign.fuse.sources import Sources

_HASH_DIGITS = 20


@dataclass(frozen=True)
class Identity:
    """The fused entities: every entity belongs to one, most to one of their own.

    Attributes:
        cluster_of: the fused entity of each entity, by number. Those of several entities come first, so
            that clusters are numbered from 0.
        canonical: the IRI of each fused entity; blank nodes are ``_:…``.
        clusters: ``cluster`` u32, ``graph``, ``entity``, ``canonical``: the entities of each cluster of
            two and more.
        same_as: ``canonical``, ``entity``: IRIs that mean the same as a fused entity's own.
    """

    cluster_of: Ids
    canonical: pl.Series
    clusters: pl.DataFrame
    same_as: pl.DataFrame


def identity(sources: Sources, label: Ids, options: FuseOptions) -> Identity:
    """Name what :func:`~kgalign.fuse.repair.repaired` put together.

    An IRI that entities of several clusters share (in different graphs) names none of them, since it
    would say that they are the same; a cluster that has no other IRI gets a minted one.

    Args:
        sources: the graphs.
        label: of each entity, the same within a cluster.
        options: tell the policy.
    """
    rank = preference(sources, options)
    members = pl.DataFrame(
        {
            "number": np.arange(len(label)),
            "cluster": _numbered(label),
            "graph": sources.graph_of_entity,
            "entity": sources.entity_iris,
        }
    ).with_columns(
        rank=pl.col("graph").replace_strict(rank, return_dtype=pl.Int64),
        blank=pl.col("entity").str.starts_with("_:"),
    )
    # Blank nodes mean something only within their graph, so that they never name two things at once.
    shared = (pl.col("cluster").n_unique().over("entity") > 1) & ~pl.col("blank")
    members = members.with_columns(shared=shared)
    canonical = _canonical(members, sources, options)
    named = members.with_columns(
        canonical=canonical.gather(members["cluster"]), graph=sources.named(members["graph"].to_numpy())
    )
    clusters = named.filter(pl.len().over("cluster") > 1).sort("cluster", "number")
    other = ~pl.col("blank") & ~pl.col("shared") & (pl.col("entity") != pl.col("canonical"))
    return Identity(
        members["cluster"].to_numpy(),
        canonical,
        clusters.select(pl.col("cluster").cast(pl.UInt32), "graph", "entity", "canonical"),
        named.filter(other)
        .sort("cluster", "number")
        .select("canonical", "entity")
        .unique(keep="first", maintain_order=True),
    )


def preference(sources: Sources, options: FuseOptions) -> dict[int, int]:
    """The rank of each graph, by position: the preferred ones first if the policy of IRIs says so.

    Raises:
        InputError: if a preferred graph isn't there.
    """
    wanted = [sources.position(name, "--prefer") for name in options.prefer]
    order = list(range(len(sources.names)))
    if options.canonical == "prefer":
        order.sort(key=lambda graph: wanted.index(graph) if graph in wanted else len(wanted))
    return {graph: rank for rank, graph in enumerate(order)}


def _numbered(label: Ids) -> Ids:
    """Labels as dense numbers: clusters of several first, each kind in the order of lowest members."""
    _, first, place, size = np.unique(label, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, size == 1))
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    return number[place]


def _canonical(members: pl.DataFrame, sources: Sources, options: FuseOptions) -> pl.Series:
    """The IRI of each cluster."""
    chosen = members.sort("cluster", "blank", "shared", "rank", "number").unique(
        "cluster", keep="first", maintain_order=True
    )
    mint = pl.col("shared") | ((pl.lit(options.canonical) == "mint") & ~pl.col("blank"))
    named = chosen.with_columns(
        mint=mint,
        canonical=pl.when("blank")
        .then(pl.format("_:g{}_{}", "graph", pl.col("entity").str.strip_prefix("_:")))
        .otherwise("entity"),
    )
    fresh = named.filter("mint").select("cluster", "graph", "entity").rows()
    made = pl.DataFrame(
        {
            "cluster": [cluster for cluster, _, _ in fresh],
            "minted": [_minted(options.namespace, sources.names[graph], iri) for _, graph, iri in fresh],
        },
        schema={"cluster": pl.Int64, "minted": pl.String},
    )
    return named.join(made, on="cluster", how="left", maintain_order="left").select(
        pl.coalesce("minted", "canonical").alias("canonical")
    )["canonical"]


def _minted(namespace: str, graph: str, iri: str) -> str:
    digest = hashlib.sha256(f"{graph}\n{iri}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{namespace}entity/{digest[:_HASH_DIGITS]}"
