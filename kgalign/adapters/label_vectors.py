"""The vectors of all names in a graph, as a table."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kgalign.encode import TextEncoder
from kgalign.files import atomic_file
from kgalign.kg import KnowledgeGraph


def write_label_vectors(graph: KnowledgeGraph, encoder: TextEncoder, path: Path) -> int:
    """Write ``entity`` (IRI), ``language``, ``text``, ``preferred`` and ``vector`` to a Parquet file.

    Args:
        graph: the names.
        encoder: gives the vectors.
        path: the file.

    Returns:
        The number of rows.

    Raises:
        OutputError: if the file can't be written.
    """
    iris = graph.entities["iri"].gather(graph.labels["entity"])
    table = graph.labels.select(iris.alias("entity"), "language", "text", "preferred").sort(
        "entity", "language", "text", "preferred"
    )
    vectors = encoder.encode(table["text"].to_list())
    shape = pl.Array(pl.Float32, encoder.dimension)
    table = table.with_columns(pl.Series("vector", vectors, dtype=shape))
    with atomic_file(path) as scratch:
        table.write_parquet(scratch)
    return table.height
