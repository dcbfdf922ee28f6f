"""Writing a store as N-Triples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from kgalign.files import atomic_file
from kgalign.kg.store import IRI_ORIGIN, KnowledgeGraph

_SAME_AS = "http://www.w3.org/2002/07/owl#sameAs"
_ROWS = 50_000
_TEXT_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
# What the IRIREF production of N-Triples doesn't admit as it is.
_IRI_ESCAPES = {character: f"\\u{ord(character):04X}" for character in [*'<>"{}|^`\\', *map(chr, range(33))]}


def write_ntriples(graph: KnowledgeGraph, path: str | Path) -> int:
    """Write all statements of *graph* to *path* as N-Triples (W3C, 2014), whole or not at all.

    Triples come first, then attributes, labels, labels of relations, and owl:sameAs; labels that
    were taken from an IRI are no statements and are left out. Text is written as UTF-8.

    Returns:
        The number of statements written.

    Raises:
        OutputError: if *path* can't be written.
    """
    entities = nodes(graph.entities["iri"])
    relations = nodes(graph.relations["iri"])
    count = 0
    with atomic_file(path) as scratch, scratch.open("w", encoding="utf-8", newline="\n") as file:
        for lines in _lines(graph, entities, relations):
            if len(lines):
                file.write("\n".join(lines) + "\n")
                count += len(lines)
    return count


def _lines(graph: KnowledgeGraph, entities: pl.Series, relations: pl.Series) -> Iterator[pl.Series]:
    for rows in _slices(graph, "triples"):
        yield _statements(
            entities.gather(rows["head"]), relations.gather(rows["relation"]), entities.gather(rows["tail"])
        )
    for rows in _slices(graph, "attributes"):
        yield _statements(
            entities.gather(rows["entity"]), relations.gather(rows["attribute"]), literal_terms(rows, "value")
        )
    things = (("labels", "entity", entities), ("relation_labels", "relation", relations))
    for table, thing, subjects in things:
        for some in _slices(graph, table):
            rows = some.filter(pl.col("origin") != IRI_ORIGIN)
            yield _statements(
                subjects.gather(rows[thing]), nodes(rows["origin"]), literal_terms(rows, "text")
            )
    for rows in _slices(graph, "same_as"):
        property = pl.Series([f"<{_SAME_AS}>"]).new_from_index(0, len(rows))
        yield _statements(nodes(rows["source"]), property, nodes(rows["target"]))


def _slices(graph: KnowledgeGraph, table: str) -> Iterator[pl.DataFrame]:
    for start in range(0, graph.manifest.rows[table], _ROWS):
        yield graph.scan(table).slice(start, _ROWS).collect()


def _statements(subjects: pl.Series, predicates: pl.Series, objects: pl.Series) -> pl.Series:
    columns = {"subject": subjects, "predicate": predicates, "object": objects}
    return pl.DataFrame(columns).select(pl.format("{} {} {} .", *columns).alias("line"))["line"]


def nodes(iris: pl.Series) -> pl.Series:
    """IRIs and blank nodes as N-Triples has them; what it doesn't admit in an IRI is escaped."""
    iri = pl.col("iri")
    escaped = iri.str.replace_many(list(_IRI_ESCAPES), list(_IRI_ESCAPES.values()))
    node = pl.when(iri.str.starts_with("_:")).then(iri).otherwise(pl.format("<{}>", escaped))
    return pl.DataFrame({"iri": iris}).select(node.alias("node"))["node"]


def literal_terms(rows: pl.DataFrame, text: str) -> pl.Series:
    """Literals as N-Triples writes them.

    Args:
        rows: ``language`` and, if any has one, ``datatype``.
        text: the column of their texts.
    """
    value = pl.format(
        '"{}"', pl.col(text).str.replace_many(list(_TEXT_ESCAPES), list(_TEXT_ESCAPES.values()))
    )
    if "datatype" in rows.columns:
        datatype = nodes(rows["datatype"]).alias("datatype")
    else:
        datatype = pl.Series("datatype", [None], dtype=pl.String).new_from_index(0, len(rows))
    suffix = pl.coalesce(pl.format("@{}", "language"), pl.format("^^{}", "datatype"), pl.lit(""))
    return rows.with_columns(datatype).select(pl.concat_str(value, suffix).alias("literal"))["literal"]
