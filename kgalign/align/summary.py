"""The figures of an alignment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgalign.align.aligner import Alignment
from kgalign.align.many import GraphPair, ManyAlignment
from kgalign.kg import KnowledgeGraph, graph_counts


def figures(alignment: ManyAlignment, graphs: Sequence[KnowledgeGraph]) -> dict[str, Any]:
    """The figures of *alignment* under the keys that ``--json`` documents, without scores."""
    pairs = list(alignment.alignments.values())
    summed: dict[str, Any] = {
        "links": alignment.links.accepted.height,
        "uncertain": alignment.links.uncertain.height,
        "seeds": sum(of_pair.seeds_used for of_pair in pairs),
        "confirmed": sum(of_pair.confirmed for of_pair in pairs),
        "declined": sum(of_pair.declined for of_pair in pairs),
        "relation_correspondences": sum(of_pair.relations.height for of_pair in pairs),
    }
    if len(pairs) == 1:
        summed |= _learnt(pairs[0])
    else:
        summed |= {
            "clusters": alignment.clusters["cluster"].n_unique(),
            "joined": alignment.joined,
            "given_up": alignment.given_up,
        }
    return {
        "graphs": [
            {
                "name": name,
                **graph_counts(graph),
                "linked": linked,
                "unlinked": graph.entity_count - linked,
            }
            for name, graph, linked in zip(alignment.names, graphs, linked_entities(alignment), strict=True)
        ],
        "pairs": [_pair(alignment, pair) for pair in alignment.alignments],
        **summed,
    }


def linked_entities(alignment: ManyAlignment) -> list[int]:
    """How many entities of each graph have a partner."""
    graph = alignment.clusters["graph"]
    return [int((graph == name).sum()) for name in alignment.names]


def _pair(alignment: ManyAlignment, pair: GraphPair) -> dict[str, Any]:
    found, links = alignment.alignments[pair], alignment.between(pair)
    return {
        "source_graph": alignment.names[pair[0]],
        "target_graph": alignment.names[pair[1]],
        "links": links.accepted.height,
        "uncertain": links.uncertain.height,
        "seeds": found.seeds_used,
        "confirmed": found.confirmed,
        "declined": found.declined,
        "relation_correspondences": found.relations.height,
        **_learnt(found),
    }


def _learnt(found: Alignment) -> dict[str, Any]:
    return {
        "weights": found.weights,
        "adapted_encoder": found.adapted_encoder,
        "rounds": [
            {"candidates": step.candidates, "matched": step.matched, "changed": step.changed}
            for step in found.rounds
        ],
    }
