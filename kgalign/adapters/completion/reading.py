"""Completion data from stores, links and files of held-out facts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from kgalign.adapters.completion.data import CompletionData, Ids, Triples, join_entities, together
from kgalign.adapters.phrases import relation_words
from kgalign.align.signals.texts import entity_texts
from kgalign.errors import InputError
from kgalign.fuse import Sources, read_linking
from kgalign.fuse.fused_files import CLUSTERS
from kgalign.kg import IRI_ORIGIN, KnowledgeGraph, load


def read_completion(
    sources: Sources,
    links: str | Path,
    validation: Sequence[str | Path],
    test: Sequence[str | Path],
) -> CompletionData:
    """Put together what completion needs.

    Relations with the same IRI are the same in all graphs. Held-out facts that are in the graphs too are
    left out of what is learnt from.

    Args:
        sources: the graphs.
        links: a run of ``align``, a folder that ``fuse`` wrote, or any file of links.
        validation: RDF files of facts held out to weigh the scorers by.
        test: RDF files of facts held out to measure by.

    Raises:
        InputError: if a file can't be read, or none of its facts is about known entities and relations.
    """
    first, second = _links(Path(links), sources)
    relations = sources.relation_iris.unique(maintain_order=True)
    held_out = [
        together([_held_out(Path(path), sources, relations) for path in part]) for part in (validation, test)
    ]
    known = together([_facts(sources, relations, graph) for graph in range(len(sources.graphs))])
    return CompletionData(
        graphs=sources.names,
        offsets=sources.entity_offsets,
        link_first=first,
        link_second=second,
        joined=join_entities(len(sources.entity_iris), first, second),
        entity_labels=tuple(label for graph in sources.graphs for label in _entity_labels(graph)),
        relation_labels=_relation_labels(sources, relations),
        known=_without(known, together(held_out)),
        validation=_without(held_out[0], held_out[1]),
        test=held_out[1],
    )


def _links(path: Path, sources: Sources) -> tuple[Ids, Ids]:
    table = path / CLUSTERS
    if not table.is_file():
        links = read_linking(path, sources).links
        return links["first"].to_numpy(), links["second"].to_numpy()
    try:
        clusters = pl.read_parquet(table, glob=False).select("cluster", "graph", "entity")
    except (pl.exceptions.PolarsError, OSError):
        raise InputError("not a table of clusters", path=table, remedy="fuse the graphs again") from None
    numbers = pl.DataFrame(
        {
            "graph": sources.named(sources.graph_of_entity),
            "entity": sources.entity_iris,
            "number": np.arange(len(sources.entity_iris)),
        }
    )
    members = clusters.join(numbers, on=["graph", "entity"], maintain_order="left")
    if not members.height:
        raise InputError(
            "no cluster holds entities of these graphs", path=table, remedy="name the graphs that were fused"
        )
    pairs = members.join(members, on="cluster", suffix="_other", maintain_order="left_right")
    pairs = pairs.filter(pl.col("number") < pl.col("number_other"))
    return pairs["number"].to_numpy(), pairs["number_other"].to_numpy()


def _facts(sources: Sources, relations: pl.Series, graph: int) -> Triples:
    """What a graph states, numbered through."""
    store, offset = sources.graphs[graph], int(sources.entity_offsets[graph])
    number = pl.DataFrame({"iri": relations, "number": np.arange(len(relations))})
    of_relation = store.relations.join(number, on="iri", maintain_order="left")["number"].to_numpy()
    triples = store.triples
    return Triples(
        triples["head"].to_numpy().astype(np.int64) + offset,
        of_relation[triples["relation"].to_numpy()],
        triples["tail"].to_numpy().astype(np.int64) + offset,
    )


def _held_out(path: Path, sources: Sources, relations: pl.Series) -> Triples:
    """The facts of a file, in each graph that knows both entities."""
    store = load(path)
    number = pl.DataFrame({"relation_iri": relations, "relation_number": np.arange(len(relations))})
    iris = store.entities["iri"]
    stated = pl.DataFrame(
        {
            "head_iri": iris.gather(store.triples["head"]),
            "relation_iri": store.relations["iri"].gather(store.triples["relation"]),
            "tail_iri": iris.gather(store.triples["tail"]),
        }
    ).join(number, on="relation_iri", maintain_order="left")
    parts = []
    for graph, offset in zip(sources.graphs, sources.entity_offsets, strict=False):
        here = graph.entities.select("iri", number=pl.col("id").cast(pl.Int64) + int(offset))
        parts.append(
            stated.join(here, left_on="head_iri", right_on="iri", maintain_order="left").join(
                here, left_on="tail_iri", right_on="iri", suffix="_tail", maintain_order="left"
            )
        )
    found = pl.concat(parts)
    if not found.height:
        raise InputError(
            "no fact is about entities and relations of the graphs",
            path=path,
            remedy="name a file of facts held out of these graphs",
        )
    return Triples(*(found[name].to_numpy() for name in ("number", "relation_number", "number_tail")))


def _without(triples: Triples, others: Triples) -> Triples:
    columns = ["head", "relation", "tail"]
    table = pl.DataFrame({name: getattr(triples, name) for name in columns})
    other = pl.DataFrame({name: getattr(others, name) for name in columns})
    kept = table.join(other, on=columns, how="anti", maintain_order="left")
    return Triples(*(kept[name].to_numpy() for name in columns))


def _entity_labels(graph: KnowledgeGraph) -> list[str]:
    """The best label of each entity; the empty text where there is none."""
    named = entity_texts(graph, None, 1).rows.select(id="entity", text="text")
    return (
        graph.entities.join(named, on="id", how="left", maintain_order="left")["text"].fill_null("").to_list()
    )


def _relation_labels(sources: Sources, relations: pl.Series) -> tuple[str, ...]:
    """A label of each relation: an English one if there is one, else the first; else its IRI's own words."""
    parts = [
        graph.relation_labels.join(graph.relations, left_on="relation", right_on="id", maintain_order="left")
        for graph in sources.graphs
    ]
    from_iri = pl.col("origin") == IRI_ORIGIN
    ranked = (
        pl.concat(parts)
        .with_columns(
            rank=from_iri.cast(pl.Int8) * 4
            + (~pl.col("language").fill_null("").str.starts_with("en")).cast(pl.Int8) * 2
            + (~pl.col("preferred")).cast(pl.Int8),
            words=pl.when(from_iri)
            .then(pl.col("text").map_elements(relation_words, pl.String))
            .otherwise("text"),
        )
        .sort("rank", maintain_order=True)
        .unique("iri", keep="first", maintain_order=True)
        .select("iri", "words")
    )
    named = pl.DataFrame({"iri": relations}).join(ranked, on="iri", how="left", maintain_order="left")
    return tuple(named["words"].fill_null("").to_list())
