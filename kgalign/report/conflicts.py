"""The conflicts that fusing brought to light."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from kgalign.align.links import GRAPH_COLUMNS
from kgalign.kg.labels import name_from_iri
from kgalign.report.clusters import weakest_links
from kgalign.report.contents import Contents

_IRI = re.compile(r"(https?://|urn:)[^\s<>\"]+")


@dataclass(frozen=True)
class Named:
    """A thing or a value: how it is called, and what stands in the table."""

    label: str
    text: str


@dataclass(frozen=True)
class Conflict:
    """Two values that can't both be right, and which one was kept.

    ``row`` is the number, in the viewer, of the least sure link that brought the two together.
    """

    entity: Named
    property: Named
    kind: str
    graph_a: str
    value_a: Named
    graph_b: str
    value_b: Named
    kept: str
    row: int | None


def conflict_kinds(contents: Contents) -> list[tuple[str, int]]:
    """How many conflicts there are of each kind, the commonest first."""
    if contents.fused is None:
        return []
    counts = contents.fused.conflicts["kind"].fill_null("").value_counts()
    return list(counts.sort("count", "kind", descending=[True, False]).iter_rows())


def listed_conflicts(contents: Contents, rows: pl.DataFrame, most: int) -> list[Conflict]:
    """The first *most* conflicts, of every kind in turn, so that no kind hides the others.

    Args:
        contents: the run.
        rows: the viewer's pairs, as in :class:`~kgalign.report.pair_data.PairData`.
        most: how many.
    """
    if contents.fused is None:
        return []
    links = weakest_links(contents).join(rows, on=["source", "target", *GRAPH_COLUMNS], how="left")
    chosen = (
        contents.fused.conflicts.with_columns(turn=pl.int_range(pl.len()).over("kind"))
        .sort("turn", "kind", maintain_order=True)
        .head(most)
        .join(links.select("cluster", "row"), on="cluster", how="left", maintain_order="left")
        .with_columns(pl.col(pl.String).fill_null(""))
    )
    labels = _labels(contents, chosen)
    return [
        Conflict(
            entity=_named(row["entity"], labels),
            property=_named(row["property"], labels),
            kind=row["kind"],
            graph_a=row["graph_a"],
            value_a=_named(row["value_a"], labels),
            graph_b=row["graph_b"],
            value_b=_named(row["value_b"], labels),
            kept=row["kept"],
            row=row["row"],
        )
        for row in chosen.iter_rows(named=True)
    ]


def _labels(contents: Contents, conflicts: pl.DataFrame) -> dict[str, str]:
    """The labels of what *conflicts* name; a minted IRI is called as an entity of its cluster is."""
    named = pl.concat([conflicts[column].alias("entity") for column in ("entity", "value_a", "value_b")])
    own = contents.labels.join(named.unique().to_frame(), on="entity", how="semi")
    of_cluster = (
        conflicts.select("cluster", canonical="entity")
        .join(contents.clusters, on="cluster", maintain_order="left")
        .join(contents.labels, on="entity", maintain_order="left")
        .unique("canonical", keep="first", maintain_order=True)
        .select("canonical", "label")
    )
    return dict(pl.concat([of_cluster.rename({"canonical": "entity"}), own]).drop_nulls().iter_rows())


def _named(text: str, labels: dict[str, str]) -> Named:
    """*text* as a name where it is an IRI; a value stays as it is."""
    told = labels.get(text)
    if told is None and _IRI.fullmatch(text):
        told = name_from_iri(text)
    return Named(told or text, text)
