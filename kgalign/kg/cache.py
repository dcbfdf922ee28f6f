"""Stores kept from earlier runs, found again by the content of their inputs."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from kgalign import __version__
from kgalign.cache_folder import CACHE_VARIABLE, cache_folder
from kgalign.errors import InputError, OutputError
from kgalign.kg.ingestion import ingest_dumps, tell_rejections
from kgalign.kg.options import IngestOptions
from kgalign.kg.rejected import REJECTED
from kgalign.kg.sources import Dump, opened
from kgalign.kg.store import FORMAT_VERSION, SCHEMAS, KnowledgeGraph


def load(
    source: str | Path, options: IngestOptions | None = None, cache: Path | None = None
) -> KnowledgeGraph:
    """Open a store, or read dumps into one that is kept for the next time.

    What was read before is recognised by the SHA-256 of the files, their names and the options; a
    changed file, another option or another kgalign version is read anew.

    Args:
        source: a store's folder, a dump, a pattern, a comma-separated list of dumps and patterns,
            or ``-`` for standard input.
        options: how to read dumps; None for the defaults.
        cache: where stores are kept; None for the folder that the environment variable
            ``KGALIGN_CACHE`` names, else the user's cache folder.

    Raises:
        InputError: as :func:`kgalign.kg.ingest`; also if *source* is a folder but no store.
        OutputError: if the cache can't be written.
    """
    if Path(source).is_dir():
        return KnowledgeGraph.open(source)
    chosen = options or IngestOptions()
    with opened([source]) as dumps:
        entry = (cache or cache_folder()) / "graphs" / _key(dumps, chosen)
        graph = _kept(entry) or _made(dumps, entry, chosen)
    tell_rejections(graph)
    return graph


def clear_graphs() -> int:
    """Remove the graphs kept from earlier runs; gives the number of bytes set free."""
    folder = cache_folder() / "graphs"
    freed = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    shutil.rmtree(folder, ignore_errors=True)
    return freed


def _key(dumps: Sequence[Dump], options: IngestOptions) -> str:
    content = {
        "dumps": [(dump.name, dump.sha256) for dump in dumps],
        "options": options.model_dump(mode="json"),
        "format_version": FORMAT_VERSION,
        "kgalign_version": __version__,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _kept(entry: Path) -> KnowledgeGraph | None:
    """The store in *entry* if it is there and whole."""
    try:
        graph = KnowledgeGraph.open(entry)
        for table, schema in SCHEMAS.items():
            found = graph.scan(table)
            rows = found.select(pl.len()).collect().item()
            if found.collect_schema() != schema or rows != graph.manifest.rows.get(table):
                return None
    except (InputError, OSError, pl.exceptions.PolarsError):
        return None
    return graph if (entry / REJECTED).is_file() else None


def _made(dumps: Sequence[Dump], entry: Path, options: IngestOptions) -> KnowledgeGraph:
    shutil.rmtree(entry, ignore_errors=True)
    try:
        return ingest_dumps(dumps, entry, options)
    except OutputError as error:
        # Another process may have put the same store there a moment ago.
        graph = _kept(entry)
        if graph is not None:
            return graph
        raise OutputError(
            f"{str(error).split(';')[0].rstrip('.')}; "
            f"name another folder for kept graphs with the environment variable {CACHE_VARIABLE}."
        ) from error
