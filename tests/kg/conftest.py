"""Shared means of the reader's tests: ingest a few bytes, see a store as statements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kgalign.kg import IRI_ORIGIN, IngestOptions, KnowledgeGraph, ingest

Statement = tuple[str, str, str, str | None, str | None]
Ingest = Callable[..., KnowledgeGraph]
_SAME_AS = "http://www.w3.org/2002/07/owl#sameAs"


@pytest.fixture
def read(tmp_path: Path) -> Ingest:
    """``read(content, name="dump.nt", **options)``: the store of one small dump."""

    def ingest_content(content: str | bytes, name: str = "dump.nt", **options: object) -> KnowledgeGraph:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return ingest([path], tmp_path / "store", IngestOptions.model_validate(options))

    return ingest_content


@pytest.fixture
def statements() -> Callable[[KnowledgeGraph], set[Statement]]:
    """A store's statements as (subject, predicate, object or text, language, datatype)."""
    return statements_of


def statements_of(graph: KnowledgeGraph) -> set[Statement]:
    entities, relations = graph.entities["iri"].to_list(), graph.relations["iri"].to_list()
    found: set[Statement] = set()
    for head, relation, tail in graph.triples.rows():
        found.add((entities[head], relations[relation], entities[tail], None, "IRI"))
    for entity, attribute, value, language, datatype in graph.attributes.rows():
        found.add((entities[entity], relations[attribute], value, language, datatype))
    for names, subjects in ((graph.labels, entities), (graph.relation_labels, relations)):
        for subject, text, language, _, origin in names.rows():
            if origin != IRI_ORIGIN:
                found.add((subjects[subject], origin, text, language, None))
    for source, target in graph.same_as.rows():
        found.add((source, _SAME_AS, target, None, "IRI"))
    return found
