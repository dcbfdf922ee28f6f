"""The figures of a fusion."""

from __future__ import annotations

from typing import Any

import polars as pl

from kgalign.fuse.fusion import Fusion


def figures(fusion: Fusion) -> dict[str, Any]:
    """The figures of *fusion* under the keys that ``--json`` documents."""
    sources, statements = fusion.sources, fusion.statements
    links = fusion.linking.links
    sizes = fusion.entities.clusters.group_by("cluster").len()["len"]
    kinds = fusion.conflicts.table["kind"].value_counts().sort("kind")
    suspicious = fusion.suspicious["kind"].value_counts().sort("kind")
    facts = fused_facts(fusion)
    return {
        "graphs": [
            {
                "name": name,
                "entities": graph.entity_count,
                "relations": graph.relation_count,
                "statements": _of_graph(statements.triples, place) + _of_graph(statements.attributes, place),
                "labels": _of_graph(statements.labels, place),
            }
            for place, (name, graph) in enumerate(zip(sources.names, sources.graphs, strict=True))
        ],
        "links": links.height,
        "links_unknown": fusion.linking.unknown,
        "links_cut": int(fusion.cut.sum()),
        "clusters": len(sizes),
        "cluster_sizes": {str(size): count for size, count in _counted(sizes)},
        "entities": len(fusion.entities.canonical),
        "relations": len(fusion.relations.iris),
        "relations_merged": fusion.relations.merged,
        "statements": facts.height,
        "statements_of_several": int((facts["sources"] > 1).sum()),
        "labels": statements.labels.unique(["subject", "text", "language", "origin"]).height,
        "languages": dict(_counted(statements.labels.drop_nulls("language")["language"])),
        "functional_relations": fusion.conflicts.functional,
        "conflicts": fusion.conflicts.table.height,
        "conflict_kinds": dict(kinds.iter_rows()),
        "not_kept": fusion.conflicts.lost.height,
        "suspicious": dict(suspicious.iter_rows()),
    }


def fused_facts(fusion: Fusion) -> pl.DataFrame:
    """Every fused statement between entities or with a value once, with how many ``sources`` state it."""
    statements = fusion.statements
    parts = [
        table.group_by("subject", "relation", term).agg(sources=pl.col("graph").n_unique())
        for table, term in ((statements.triples, "object"), (statements.attributes, "meaning"))
    ]
    return pl.concat([part.select("sources") for part in parts])


def _of_graph(table: pl.DataFrame, place: int) -> int:
    return int((table["graph"] == place).sum())


def _counted(values: pl.Series) -> list[tuple[Any, int]]:
    """Distinct values with their counts, in order."""
    return list(values.alias("value").value_counts().sort("value").iter_rows())
