"""Writing a changed copy of a graph as a dump, for benchmarks that need graphs nobody ships."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from kgalign.files import atomic_file
from kgalign.kg import KnowledgeGraph, write_ntriples
from kgalign.kg.store import MANIFEST, SCHEMAS

Tables = Mapping[str, pl.DataFrame]


def tables_of(graph: KnowledgeGraph) -> dict[str, pl.DataFrame]:
    """All tables of *graph* by name (see :mod:`kgalign.kg.store`)."""
    return {name: getattr(graph, name) for name in SCHEMAS}


def write_dump(tables: Tables, like: KnowledgeGraph, path: Path) -> int:
    """Write *tables* as gzipped N-Triples; the same tables give the same bytes.

    Args:
        tables: every table of a store; entities that no other table uses are not written.
        like: the graph that the tables were made from.
        path: the ``.nt.gz`` file to write.

    Returns:
        The number of statements written.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, schema in SCHEMAS.items():
            tables[name].cast(schema).write_parquet(folder / f"{name}.parquet")
        rows = {name: tables[name].height for name in SCHEMAS}
        manifest = like.manifest.model_copy(update={"rows": rows, "triples": sum(rows.values())})
        (folder / MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
        plain = folder / "graph.nt"
        count = write_ntriples(KnowledgeGraph.open(folder), plain)
        with (
            atomic_file(path) as partial,
            plain.open("rb") as source,
            partial.open("wb") as raw,
            # Neither name nor time go into the header, so that nothing but the statements counts.
            gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as target,
        ):
            shutil.copyfileobj(source, target, 1 << 20)
    return count


def write_pairs(pairs: pl.DataFrame, path: Path) -> None:
    """Write ``source`` and ``target`` IRIs as tab-separated lines without a header."""
    with atomic_file(path) as partial:
        lines = pairs.select(pl.format("{}\t{}\n", "source", "target")).to_series()
        partial.write_text("".join(lines.to_list()), encoding="utf-8")
