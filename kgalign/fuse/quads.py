"""The fused graph as N-Quads or TriG: one named graph for each source, one for what is the same.

A statement stands in the named graph of every source that states it, under its fused names. The IRIs that
mean the same as a fused entity's own are owl:sameAs in a graph of their own, since no source says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import polars as pl

from kgalign.align.links import OWL_SAME_AS
from kgalign.fuse.fusion import Fusion
from kgalign.kg.ntriples import literal_terms, nodes

_ROWS = 50_000


def graph_iri(namespace: str, name: str) -> str:
    """The IRI of the named graph of the source called *name*."""
    return f"{namespace}graph/{quote(name, safe='')}"


def identity_iri(namespace: str) -> str:
    """The IRI of the named graph that says which IRIs mean the same."""
    return f"{namespace}identity"


def write_nquads(fusion: Fusion, path: Path) -> int:
    """Write *fusion* to *path* as N-Quads (W3C, 2014); gives the number of lines."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for lines in _lines(fusion):
            quads = lines.select(pl.format("{} {} {} {} .", "subject", "predicate", "object", "graph"))
            file.writelines(line + "\n" for line in quads.to_series())
            count += lines.height
    return count


def write_trig(fusion: Fusion, path: Path) -> int:
    """Write *fusion* to *path* as TriG (W3C, 2014), a block for each named graph; gives the statements."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for name in [*fusion.sources.names, None]:
            graph = _graph_node(fusion, name)
            file.write(f"{graph} {{\n")
            for lines in _lines(fusion):
                own = lines.filter(pl.col("graph") == graph)
                triples = own.select(pl.format("{} {} {} .", "subject", "predicate", "object"))
                file.writelines(line + "\n" for line in triples.to_series())
                count += own.height
            file.write("}\n")
    return count


def _graph_node(fusion: Fusion, name: str | None) -> str:
    namespace = fusion.options.namespace
    iri = identity_iri(namespace) if name is None else graph_iri(namespace, name)
    return str(nodes(pl.Series([iri]))[0])


def _lines(fusion: Fusion) -> Iterator[pl.DataFrame]:
    """``subject``, ``predicate``, ``object``, ``graph`` as text, some rows at a time, none twice."""
    entities = nodes(fusion.entities.canonical)
    relations = nodes(fusion.relations.iris)
    graphs = pl.Series([_graph_node(fusion, name) for name in fusion.sources.names])

    def arranged(
        rows: pl.DataFrame, subject: pl.Series, predicate: pl.Series, thing: pl.Series
    ) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "subject": subject,
                "predicate": predicate,
                "object": thing,
                "graph": graphs.gather(rows["graph"]),
            }
        )

    statements = fusion.statements
    triples = statements.triples.select("subject", "relation", "object", "graph")
    for rows in _slices(triples):
        subject, relation, thing = rows["subject"], rows["relation"], rows["object"]
        yield arranged(rows, entities.gather(subject), relations.gather(relation), entities.gather(thing))
    form = ["value", "language", "datatype"]
    for rows in _slices(statements.attributes.select("subject", "relation", *form, "graph")):
        subject, relation = rows["subject"], rows["relation"]
        yield arranged(
            rows, entities.gather(subject), relations.gather(relation), literal_terms(rows, "value")
        )
    for rows in _slices(statements.labels.select("subject", "text", "language", "origin", "graph")):
        subject = rows["subject"]
        yield arranged(rows, entities.gather(subject), nodes(rows["origin"]), literal_terms(rows, "text"))
    for rows in _slices(statements.relation_labels.select("relation", "text", "language", "origin", "graph")):
        subject = rows["relation"]
        yield arranged(rows, relations.gather(subject), nodes(rows["origin"]), literal_terms(rows, "text"))
    same = nodes(pl.Series([OWL_SAME_AS]))
    for rows in _slices(statements.same_as):
        predicate = same.new_from_index(0, rows.height)
        yield arranged(rows, nodes(rows["source"]), predicate, nodes(rows["target"]))
    identity = pl.Series([_graph_node(fusion, None)])
    for rows in _slices(fusion.entities.same_as):
        yield pl.DataFrame(
            {
                "subject": nodes(rows["canonical"]),
                "predicate": same.new_from_index(0, rows.height),
                "object": nodes(rows["entity"]),
                "graph": identity.new_from_index(0, rows.height),
            }
        )


def _slices(table: pl.DataFrame) -> Iterator[pl.DataFrame]:
    distinct = table.unique(keep="first", maintain_order=True)
    yield from distinct.iter_slices(_ROWS)
