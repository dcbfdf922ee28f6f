"""What ``kgalign align`` reads before it starts, and what it says about it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kgalign.align import AlignOptions, Seeds, labels_of, one_per_entity, read_labels, read_pairs, resolve
from kgalign.errors import InputError
from kgalign.kg import IRI_ORIGIN, IngestOptions, KnowledgeGraph, load
from kgalign.progress import say


@dataclass(frozen=True)
class Inputs:
    """The small files, read before the long work so that a mistake in one is told at once."""

    seeds: pl.DataFrame | None
    labels: pl.DataFrame | None
    reference: pl.DataFrame | None

    @classmethod
    def read(cls, seeds: str | None, labels: tuple[str, ...], reference: str | None) -> Inputs:
        """Read those of the files that were named."""
        return cls(
            None if seeds is None else read_pairs(seeds),
            pl.concat([read_labels(path) for path in labels]) if labels else None,
            None if reference is None else read_pairs(reference),
        )


def load_graphs(names: tuple[str, ...], options: IngestOptions) -> tuple[KnowledgeGraph, KnowledgeGraph]:
    """Load the two graphs, and say what is odd about them.

    Raises:
        InputError: if one can't be read or is empty, or both are the same.
    """
    if names[0] == names[1] == "-":
        raise InputError(
            "standard input can be only one of the two graphs", remedy="name a file for the other"
        )
    first, second = (load(name, options) for name in names)
    for name, graph in zip(names, (first, second), strict=True):
        if graph.entity_count == 0:
            raise InputError(
                "the graph has no entity", path=name, remedy="name a dump with statements about entities"
            )
    contents = [sorted(source.sha256 for source in graph.manifest.sources) for graph in (first, second)]
    if contents[0] == contents[1]:
        raise InputError(f"{names[0]} and {names[1]} are the same graph", remedy="name two different graphs")
    for name, graph in zip(names, (first, second), strict=True):
        _tell_thin(name, graph)
    return first, second


def _tell_thin(name: str, graph: KnowledgeGraph) -> None:
    """Say it when a graph lacks a kind of evidence: the person may have named the wrong file."""
    stated = graph.labels.filter(pl.col("origin") != IRI_ORIGIN).height
    if stated == 0:
        say(f"kgalign: {name} has no labels; names are taken from its IRIs where they read as names.")
    if graph.manifest.rows["triples"] == 0:
        say(f"kgalign: {name} has no relations between entities; names and attributes alone decide.")
    if graph.entity_count == 1:
        say(f"kgalign: {name} has only one entity.")


def seed_links(
    first: KnowledgeGraph,
    second: KnowledgeGraph,
    given: pl.DataFrame | None,
    path: str | None,
    options: AlignOptions,
) -> Seeds | None:
    """Seed links from a file and, if asked for, from owl:sameAs in the graphs.

    Raises:
        InputError: if there are seed links and none of them names entities of both graphs.
    """
    parts = [] if given is None else [given]
    if options.use_same_as:
        stated = pl.concat([first.same_as, second.same_as]).with_columns(line=pl.lit(None, pl.UInt32))
        here = pl.concat([stated, stated.select(source="target", target="source", line="line")])
        known = here.join(first.entities, left_on="source", right_on="iri", how="semi").join(
            second.entities, left_on="target", right_on="iri", how="semi"
        )
        parts.append(known.unique(maintain_order=True))
        if known.height == 0:
            say("kgalign: no owl:sameAs statement links the two graphs; aligning without seeds.")
    if not parts or all(part.height == 0 for part in parts):
        return None
    found = resolve(pl.concat(parts), first, second)
    if len(found.source) == 0 and found.first_unknown is not None:
        line, iri = found.first_unknown
        raise InputError(
            f"none of the {found.unknown:,} seed links names entities of both graphs (first: <{iri}>)",
            path=path,
            line=line,
            remedy="check that the seeds belong to these graphs",
        )
    if found.first_unknown is not None:
        line, iri = found.first_unknown
        place = path if line is None else f"{path}:{line}"
        say(
            f"kgalign: {place}: {found.unknown:,} seed links name unknown entities (first: <{iri}>); "
            "they are left out."
        )
    source, target = one_per_entity(found)
    return Seeds(source, target)


def extra_labels(
    first: KnowledgeGraph, second: KnowledgeGraph, labels: pl.DataFrame | None
) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    """The further names of each graph's entities.

    Raises:
        InputError: if no name is about an entity of the graphs.
    """
    if labels is None:
        return None, None
    own = labels_of(first, labels), labels_of(second, labels)
    if own[0].height + own[1].height == 0:
        raise InputError("none of the labels names an entity of the graphs", remedy="check --labels")
    return own
