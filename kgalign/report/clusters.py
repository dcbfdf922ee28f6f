"""The clusters of a run that are worth a look: the largest, and the doubtful ones."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kgalign.align.links import GRAPH_COLUMNS
from kgalign.kg.labels import name_from_iri
from kgalign.report.contents import Contents

_MOST_MEMBERS = 12


@dataclass(frozen=True)
class Member:
    """An entity of a cluster."""

    graph: str
    iri: str
    label: str


@dataclass(frozen=True)
class Cluster:
    """A cluster's first members, how many it has, and how sure its least sure accepted link is."""

    members: list[Member]
    size: int
    weakest: str
    row: int | None


@dataclass(frozen=True)
class Suspect:
    """A pair that is likely to be wrong, and why; ``row`` is its number in the viewer."""

    kind: str
    source: Member
    target: Member
    score: str
    reason: str
    row: int | None


def largest_clusters(contents: Contents, rows: pl.DataFrame, most: int) -> list[Cluster]:
    """The *most* largest clusters; of one size, those with the least sure links first.

    Args:
        contents: the run.
        rows: the viewer's pairs, as in :class:`~kgalign.report.pair_data.PairData`.
        most: how many.
    """
    sizes = contents.clusters.group_by("cluster").agg(
        pl.len().alias("size"), pl.struct("graph", "entity").sort_by("graph", "entity").alias("members")
    )
    chosen = (
        sizes.join(weakest_links(contents), on="cluster", how="left")
        .sort("size", "probability", "cluster", descending=[True, False, False], nulls_last=True)
        .head(most)
        .join(rows, on=["source", "target", *GRAPH_COLUMNS], how="left", maintain_order="left")
    )
    labels = _label_of(contents, chosen["members"].explode().struct.field("entity"))
    return [
        Cluster(
            [_member(one["graph"], one["entity"], labels) for one in row["members"][:_MOST_MEMBERS]],
            row["size"],
            "–" if row["probability"] is None else f"{row['probability']:.4f}",
            row["row"],
        )
        for row in chosen.iter_rows(named=True)
    ]


def suspects(contents: Contents, rows: pl.DataFrame, most: int) -> list[Suspect]:
    """The *most* suspicious pairs: those that fusing found, else the accepted links least sure.

    Args:
        contents: the run.
        rows: as for :func:`largest_clusters`.
        most: how many.
    """
    keys = ["source", "target", *GRAPH_COLUMNS]
    digits = 4 if contents.fused is None else 2
    chosen = _suspicious(contents).head(most).join(rows, on=keys, how="left", maintain_order="left")
    labels = _label_of(
        contents, pl.concat([chosen["source"].alias("entity"), chosen["target"].alias("entity")])
    )
    return [
        Suspect(
            row["kind"] or "",
            _member(row["source_graph"] or "", row["source"] or "", labels),
            _member(row["target_graph"] or "", row["target"] or "", labels),
            "–" if row["score"] is None else f"{row['score']:.{digits}f}",
            row["reason"] or "",
            row["row"],
        )
        for row in chosen.iter_rows(named=True)
    ]


def suspect_count(contents: Contents) -> int:
    """How many pairs :func:`suspects` chooses from."""
    return _suspicious(contents).height


def _suspicious(contents: Contents) -> pl.DataFrame:
    return _least_sure(contents) if contents.fused is None else contents.fused.suspicious


def _least_sure(contents: Contents) -> pl.DataFrame:
    """The accepted links by rising probability, in the form of the fused table."""
    return (
        contents.links.filter(pl.col("status") == "accepted")
        .sort("probability", "source", "target")
        .select(
            "source",
            "target",
            *GRAPH_COLUMNS,
            kind=pl.lit("unsure link"),
            score="probability",
            reason=_told("its best rival has probability ", pl.col("rival_probability")),
        )
    )


def _told(words: str, probability: pl.Expr) -> pl.Expr:
    """*words* and a probability with four decimals; "no rival" where it is null."""
    steps = (probability * 10_000).round().cast(pl.Int64)
    whole, rest = (steps // 10_000).cast(pl.String), (steps % 10_000).cast(pl.String).str.zfill(4)
    return pl.format("{}{}.{}", pl.lit(words), whole, rest).fill_null("no rival")


def weakest_links(contents: Contents) -> pl.DataFrame:
    """The least probable accepted link of each cluster: ``cluster``, the link's key and ``probability``."""
    cluster_of = contents.clusters.select("cluster", source_graph="graph", source="entity")
    other = contents.clusters.select(also="cluster", target_graph="graph", target="entity")
    return (
        contents.links.filter(pl.col("status") == "accepted")
        .select("source", "target", *GRAPH_COLUMNS, "probability")
        .join(cluster_of, on=["source", "source_graph"])
        .join(other, on=["target", "target_graph"])
        .filter(pl.col("cluster") == pl.col("also"))
        .sort("probability", "source", "target", *GRAPH_COLUMNS)
        .unique("cluster", keep="first", maintain_order=True)
        .drop("also")
    )


def _label_of(contents: Contents, entities: pl.Series) -> dict[str, str | None]:
    asked = pl.DataFrame({"entity": entities}).unique()
    return dict(contents.labels.join(asked, on="entity", how="semi").select("entity", "label").iter_rows())


def _member(graph: str, iri: str, labels: dict[str, str | None]) -> Member:
    return Member(graph, iri, labels.get(iri) or name_from_iri(iri) or iri)
