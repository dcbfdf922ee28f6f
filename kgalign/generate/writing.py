"""Descriptions as files: JSON by line, a table, and RDF that can be loaded back, with its provenance."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from rdflib import RDF, RDFS, Literal, URIRef
from rdflib.namespace import PROV

from kgalign.files import atomic_directory
from kgalign.fuse.provenance import activity_graph, file_node
from kgalign.generate.description import Description
from kgalign.generate.options import GenerateOptions
from kgalign.kg import KnowledgeGraph
from kgalign.kg.ntriples import literal_terms, nodes
from kgalign.verify.writing import harmless

SCHEMA_DESCRIPTION = "http://schema.org/description"
JSON_LINES, TABLE, QUADS, PROVENANCE = (
    "descriptions.jsonl", "descriptions.csv", "descriptions.nq", "provenance.ttl",
)  # fmt: skip
_HEAD = ("entity", "language", "outcome", "text", "reason", "facts_used", "facts_omitted", "rounds")


def write_descriptions(
    descriptions: Sequence[Description], folder: str | Path, graph: KnowledgeGraph, options: GenerateOptions
) -> None:
    """Write all formats and the provenance to *folder*, whole or not at all.

    The RDF holds the texts that were accepted: with ``accept = "best-effort"`` also those with clauses
    that weren't verified, each in the named graph of its outcome.
    """
    with atomic_directory(folder) as scratch:
        lines = "".join(each.model_dump_json() + "\n" for each in descriptions)
        (scratch / JSON_LINES).write_text(lines, "utf-8", newline="\n")
        (scratch / TABLE).write_text(_table(descriptions), "utf-8", newline="")
        (scratch / QUADS).write_text(_quads(descriptions, options), "utf-8", newline="\n")
        (scratch / PROVENANCE).write_text(_provenance(descriptions, graph, options), "utf-8", newline="\n")


def graph_iri(description: Description, options: GenerateOptions) -> str:
    """The named graph that a description's RDF stands in."""
    outcome = description.outcome.replace(" ", "-")
    return f"{options.namespace}graph/descriptions/{description.language}/{outcome}"


def _table(descriptions: Sequence[Description]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_HEAD)
    for each in descriptions:
        row = (each.entity, each.language, each.outcome, each.text, each.reason or "")
        counts = (len(each.used), len(each.omitted), each.rounds)
        writer.writerow([*map(harmless, row), *counts])
    return file.getvalue()


def _quads(descriptions: Sequence[Description], options: GenerateOptions) -> str:
    told = [each for each in descriptions if each.text]
    rows = pl.DataFrame(
        {
            "text": [each.text for each in told],
            "language": [each.language for each in told],
        },
        schema={"text": pl.String, "language": pl.String},
    )
    parts = {
        "subject": nodes(pl.Series("iri", [each.entity for each in told], dtype=pl.String)),
        "object": literal_terms(rows, "text"),
        "graph": nodes(pl.Series("iri", [graph_iri(each, options) for each in told], dtype=pl.String)),
    }
    lines = pl.DataFrame(parts).select(pl.format("{} <" + SCHEMA_DESCRIPTION + "> {} {} .\n", *parts))
    return "".join(lines.to_series())


def _provenance(descriptions: Sequence[Description], source: KnowledgeGraph, options: GenerateOptions) -> str:
    """The graphs of descriptions, the files that they were derived from and what derived them (PROV-O)."""
    graph, activity = activity_graph(options.namespace, "generating", options.model_dump_json())
    outcomes = {graph_iri(each, options): each.outcome for each in descriptions if each.text}
    for iri, outcome in sorted(outcomes.items()):
        named = URIRef(iri)
        graph.add((named, RDF.type, PROV.Entity))
        graph.add((named, RDFS.label, Literal(f"descriptions, {outcome}")))
        graph.add((named, PROV.wasGeneratedBy, activity))
        for file in source.manifest.sources:
            graph.add((named, PROV.wasDerivedFrom, file_node(graph, file.name, file.sha256)))
    for file in source.manifest.sources:
        graph.add((activity, PROV.used, file_node(graph, file.name, file.sha256)))
    return graph.serialize(format="turtle")
