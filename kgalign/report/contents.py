"""What a page is made of, read from the folders that other commands wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from kgalign.align import read_pairs
from kgalign.align.finished_run import FinishedRun
from kgalign.align.links import GRAPH_COLUMNS
from kgalign.align.run_files import CLUSTERS, CONFIG, SUMMARY
from kgalign.report.fused import CLUSTER_SCHEMA, Fused
from kgalign.report.reading import read_configuration, read_summary, read_table

_REMEDY = "run 'kgalign align' again"


@dataclass(frozen=True)
class Contents:
    """A run, and what is known about it.

    Attributes:
        name: of the run's folder.
        links: every link, as in ``links.parquet``; its two graphs are named A and B where it doesn't
            name them.
        candidates: as in ``candidates.parquet``; None where there are none.
        clusters: ``cluster``, ``graph``, ``entity``; of the fused graph where there is one.
        summary: of ``summary.json``; empty where there is none.
        options: how the run was asked for, of ``config.toml``'s table ``align``.
        reference: ``source`` and ``target``; None where none was given.
        fused: what fusing the run brought to light; None where no such folder was given.
    """

    name: str
    links: pl.DataFrame
    candidates: pl.DataFrame | None
    clusters: pl.DataFrame
    summary: Mapping[str, Any]
    options: Mapping[str, Any]
    reference: pl.DataFrame | None
    fused: Fused | None

    @classmethod
    def read(
        cls, run: str | Path, fused: str | Path | None = None, reference: str | Path | None = None
    ) -> Contents:
        """Read the run in a folder, with a fused folder and a reference if there are any.

        Raises:
            InputError: if one of them is missing or isn't what it should be.
        """
        finished = FinishedRun.open(run)
        folder = finished.path.parent
        joined = None if fused is None else Fused.read(Path(fused))
        return cls(
            name=folder.resolve().name,
            links=_with_graphs(finished.links),
            candidates=None if finished.candidates is None else _with_graphs(finished.candidates),
            clusters=_clusters(folder / CLUSTERS) if joined is None else joined.clusters,
            summary=read_summary(folder / SUMMARY, _REMEDY),
            options=read_configuration(folder / CONFIG, _REMEDY).get("align", {}),
            reference=None if reference is None else read_pairs(reference),
            fused=joined,
        )

    @property
    def graphs(self) -> list[str]:
        """The graphs' names, in the order in which the run took them."""
        told = [str(graph["name"]) for graph in self.summary.get("graphs", [])]
        seen = pl.concat([self.links[column].alias("graph") for column in GRAPH_COLUMNS])
        return told + [name for name in seen.unique(maintain_order=True).to_list() if name not in told]

    @cached_property
    def labels(self) -> pl.DataFrame:
        """``entity`` and ``label`` of every linked entity, each once."""
        sides = [self.links.select(entity=side, label=f"{side}_label") for side in ("source", "target")]
        return pl.concat(sides).unique("entity", keep="first", maintain_order=True)


def _with_graphs(table: pl.LazyFrame) -> pl.DataFrame:
    missing = [column for column in GRAPH_COLUMNS if column not in table.collect_schema()]
    names = dict(zip(GRAPH_COLUMNS, "AB", strict=True))
    return table.with_columns(pl.lit(names[column]).alias(column) for column in missing).collect()


def _clusters(path: Path) -> pl.DataFrame:
    if not path.is_file():
        return pl.DataFrame(schema=CLUSTER_SCHEMA)
    return read_table(path, CLUSTER_SCHEMA, _REMEDY)
