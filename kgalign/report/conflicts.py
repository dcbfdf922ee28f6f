"""The conflicts that fusing brought to light."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kgalign.kg.labels import name_from_iri
from kgalign.report.contents import Contents


@dataclass(frozen=True)
class Conflict:
    """Two values that can't both be right, and which one was kept."""

    entity: str
    label: str
    property: str
    property_name: str
    kind: str
    graph_a: str
    value_a: str
    graph_b: str
    value_b: str
    kept: str


def conflict_kinds(contents: Contents) -> list[tuple[str, int]]:
    """How many conflicts there are of each kind, the commonest first."""
    if contents.fused is None:
        return []
    counts = contents.fused.conflicts["kind"].fill_null("").value_counts()
    return list(counts.sort("count", "kind", descending=[True, False]).iter_rows())


def listed_conflicts(contents: Contents, most: int) -> list[Conflict]:
    """The first *most* conflicts of every kind in turn, so that no kind hides the others."""
    if contents.fused is None:
        return []
    chosen = (
        contents.fused.conflicts.with_columns(turn=pl.int_range(pl.len()).over("kind"))
        .sort("turn", "kind", maintain_order=True)
        .head(most)
        .join(contents.labels, on="entity", how="left", maintain_order="left")
    )
    return [
        Conflict(
            entity=row["entity"] or "",
            label=row["label"] or name_from_iri(row["entity"] or "") or row["entity"] or "",
            property=row["property"] or "",
            property_name=name_from_iri(row["property"] or "") or "",
            kind=row["kind"] or "",
            graph_a=row["graph_a"] or "",
            value_a=row["value_a"] or "",
            graph_b=row["graph_b"] or "",
            value_b=row["value_b"] or "",
            kept=row["kept"] or "",
        )
        for row in chosen.iter_rows(named=True)
    ]
