"""Writing the folder that an alignment leaves behind (see :mod:`kgalign.align.run_files`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import tomli_w

from kgalign.align.links import OWL_SAME_AS
from kgalign.align.many import ManyAlignment
from kgalign.align.run_files import (
    CANDIDATES,
    CLUSTERS,
    CONFIG,
    LINKS,
    LINKS_NTRIPLES,
    LINKS_SSSOM,
    RELATIONS,
    SUMMARY,
)
from kgalign.align.sssom import sssom
from kgalign.files import atomic_directory


def write_run(
    alignment: ManyAlignment,
    folder: Path,
    summary: Mapping[str, object],
    configuration: Mapping[str, object],
    predicate: str = OWL_SAME_AS,
) -> dict[str, str]:
    """Write *alignment* into *folder*, all of it or nothing.

    Args:
        alignment: what was found.
        folder: where to; made if it isn't there.
        summary: the figures for ``summary.json``.
        configuration: the resolved options for ``config.toml``.
        predicate: the IRI that links are written with in RDF and SSSOM.

    Returns:
        The path of each file written, by what it is.

    Raises:
        OutputError: if the folder can't be written.
    """
    with atomic_directory(folder) as scratch:
        _write_table(alignment.links.table, scratch / LINKS)
        _write_table(alignment.clusters, scratch / CLUSTERS)
        (scratch / LINKS_NTRIPLES).write_text(alignment.links.ntriples(predicate), "utf-8")
        (scratch / LINKS_SSSOM).write_text(sssom(alignment.links, predicate), "utf-8")
        _write_table(alignment.candidates, scratch / CANDIDATES)
        _write_table(alignment.relations, scratch / RELATIONS)
        (scratch / SUMMARY).write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")
        (scratch / CONFIG).write_text(tomli_w.dumps(configuration), "utf-8")
    return {
        "links": str(folder / LINKS),
        "clusters": str(folder / CLUSTERS),
        "ntriples": str(folder / LINKS_NTRIPLES),
        "sssom": str(folder / LINKS_SSSOM),
        "candidates": str(folder / CANDIDATES),
        "relations": str(folder / RELATIONS),
        "summary": str(folder / SUMMARY),
        "config": str(folder / CONFIG),
    }


def _write_table(table: pl.DataFrame, path: Path) -> None:
    table.write_parquet(path, compression="zstd")
