"""Writing the folder that an alignment leaves behind (see :mod:`kgalign.align.run_files`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import tomli_w

from kgalign.align.links import OWL_SAME_AS, Links
from kgalign.align.many import ManyAlignment
from kgalign.align.run_files import (
    BALLOTS,
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
    return write_run_tables(
        RunTables(alignment.links, alignment.clusters, alignment.candidates, alignment.relations),
        folder,
        summary,
        configuration,
        predicate,
    )


@dataclass(frozen=True)
class RunTables:
    """What a run's folder holds as tables; *ballots* only after a vote."""

    links: Links
    clusters: pl.DataFrame
    candidates: pl.DataFrame
    relations: pl.DataFrame | None
    ballots: pl.DataFrame | None = None


def write_run_tables(
    run: RunTables,
    folder: Path,
    summary: Mapping[str, object],
    configuration: Mapping[str, object],
    predicate: str = OWL_SAME_AS,
) -> dict[str, str]:
    """Write *run* into *folder*, all of it or nothing; arguments and result as of :func:`write_run`."""
    files: dict[str, tuple[str, pl.DataFrame | str | None]] = {
        "links": (LINKS, run.links.table),
        "clusters": (CLUSTERS, run.clusters),
        "ntriples": (LINKS_NTRIPLES, run.links.ntriples(predicate)),
        "sssom": (LINKS_SSSOM, sssom(run.links, predicate)),
        "candidates": (CANDIDATES, run.candidates),
        "relations": (RELATIONS, run.relations),
        "ballots": (BALLOTS, run.ballots),
        "summary": (SUMMARY, json.dumps(summary, indent=2, ensure_ascii=False) + "\n"),
        "config": (CONFIG, tomli_w.dumps(configuration)),
    }
    with atomic_directory(folder) as scratch:
        for name, content in files.values():
            if isinstance(content, pl.DataFrame):
                content.write_parquet(scratch / name, compression="zstd")
            elif content is not None:
                (scratch / name).write_text(content, "utf-8")
    return {what: str(folder / name) for what, (name, content) in files.items() if content is not None}
