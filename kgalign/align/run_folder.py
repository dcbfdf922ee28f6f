"""The folder that an alignment leaves behind.

============================  ================================================================
file                          what
============================  ================================================================
``links.parquet``             every accepted and uncertain link, with its evidence
``links.nt``                  the accepted links as N-Triples
``links.sssom.tsv``           the accepted links as SSSOM
``candidates.parquet``        the ten best candidates of each source, with their signals
``relations.parquet``         corresponding relations and attributes, with their containment
``summary.json``              counts, learnt weights, rounds, and figures against a reference
``config.toml``               the options as they were resolved
============================  ================================================================

Nothing in it tells the time or the machine: the same run gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import tomli_w

from kgalign.align.aligner import Alignment
from kgalign.align.links import OWL_SAME_AS
from kgalign.align.sssom import sssom
from kgalign.files import atomic_directory

LINKS = "links.parquet"
LINKS_NTRIPLES = "links.nt"
LINKS_SSSOM = "links.sssom.tsv"
CANDIDATES = "candidates.parquet"
RELATIONS = "relations.parquet"
SUMMARY = "summary.json"
CONFIG = "config.toml"


def write_run(
    alignment: Alignment,
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
        (scratch / LINKS_NTRIPLES).write_text(alignment.links.ntriples(predicate), "utf-8")
        (scratch / LINKS_SSSOM).write_text(sssom(alignment.links, predicate), "utf-8")
        _write_table(alignment.candidates, scratch / CANDIDATES)
        _write_table(alignment.relations, scratch / RELATIONS)
        (scratch / SUMMARY).write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")
        (scratch / CONFIG).write_text(tomli_w.dumps(configuration), "utf-8")
    return {
        "links": str(folder / LINKS),
        "ntriples": str(folder / LINKS_NTRIPLES),
        "sssom": str(folder / LINKS_SSSOM),
        "candidates": str(folder / CANDIDATES),
        "relations": str(folder / RELATIONS),
        "summary": str(folder / SUMMARY),
        "config": str(folder / CONFIG),
    }


def _write_table(table: pl.DataFrame, path: Path) -> None:
    table.write_parquet(path, compression="zstd")
