"""The counts of a graph, under the keys that ``--json`` and ``summary.json`` document."""

from __future__ import annotations

from kgalign.kg.store import KnowledgeGraph


def graph_counts(graph: KnowledgeGraph) -> dict[str, object]:
    """What was read into *graph*, and how much of each kind it holds."""
    manifest = graph.manifest
    return {
        "sources": [source.name for source in manifest.sources],
        "statements": manifest.triples,
        "triples": manifest.triples,
        "repaired": manifest.repaired,
        "rejected": manifest.rejected,
        "entities": manifest.rows["entities"],
        "relations": manifest.rows["relations"],
        "entity_triples": manifest.rows["triples"],
        "attributes": manifest.rows["attributes"],
        "labels": manifest.rows["labels"],
        "same_as": manifest.rows["same_as"],
    }
