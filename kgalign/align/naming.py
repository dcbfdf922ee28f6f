"""How a graph's numbers read: names of its entities, IRIs of its relations."""

from __future__ import annotations

import polars as pl

from kgalign.kg import KnowledgeGraph


def entity_names(graph: KnowledgeGraph) -> pl.Series:
    """One name per entity, in id order: the first preferred one, null for a nameless entity."""
    named = (
        graph.labels.sort("preferred", descending=True, maintain_order=True)
        .unique("entity", keep="first", maintain_order=True)
        .select("entity", "text")
    )
    ids = pl.DataFrame({"entity": pl.Series(range(graph.entity_count), dtype=pl.UInt32)})
    return ids.join(named, on="entity", how="left", maintain_order="left")["text"]


def relation_names(graph: KnowledgeGraph) -> pl.Series:
    """The IRI of each relation, in the order of a neighbourhood's numbers.

    Inverse relations come after the others, marked by ``^`` as in SPARQL paths.
    """
    return pl.concat([graph.relations["iri"], "^" + graph.relations["iri"]])
