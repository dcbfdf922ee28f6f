"""Reading what ``kgalign fuse`` left behind, as far as a page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from kgalign.report.reading import read_summary, read_table

CLUSTER_SCHEMA = pl.Schema({"cluster": pl.UInt32, "graph": pl.String, "entity": pl.String})
CONFLICT_SCHEMA = pl.Schema(
    {
        "cluster": pl.UInt32,
        **dict.fromkeys(
            ("entity", "property", "kind", "graph_a", "value_a", "graph_b", "value_b", "kept"), pl.String
        ),
    }
)
SUSPICIOUS_SCHEMA = pl.Schema(
    {
        "rank": pl.Int64,
        **dict.fromkeys(("kind", "source", "target", "source_graph", "target_graph"), pl.String),
        "score": pl.Float64,
        "reason": pl.String,
    }
)
_REMEDY = "name a folder that 'kgalign fuse' wrote"


@dataclass(frozen=True)
class Fused:
    """A fused folder's tables.

    Attributes:
        clusters: columns as in :data:`CLUSTER_SCHEMA`.
        conflicts: columns as in :data:`CONFLICT_SCHEMA`.
        suspicious: columns as in :data:`SUSPICIOUS_SCHEMA`, the most suspicious first.
        summary: the figures.
    """

    clusters: pl.DataFrame
    conflicts: pl.DataFrame
    suspicious: pl.DataFrame
    summary: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Fused:
        """Read the tables in *folder*.

        Raises:
            InputError: if it wasn't written by ``kgalign fuse``.
        """
        return cls(
            read_table(folder / "clusters.parquet", CLUSTER_SCHEMA, _REMEDY),
            read_table(folder / "conflicts.parquet", CONFLICT_SCHEMA, _REMEDY),
            read_table(folder / "suspicious.parquet", SUSPICIOUS_SCHEMA, _REMEDY).sort(
                "rank", maintain_order=True
            ),
            read_summary(folder / "summary.json", _REMEDY),
        )
