"""What ``kgalign align`` reads before it starts, and what it says about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import polars as pl

from kgalign.adapters.description import is_adapter
from kgalign.align import (
    AlignOptions,
    DecidedPairs,
    DecisionFile,
    DistributedPairs,
    GraphPair,
    Seeds,
    distribute,
    distribute_decisions,
    labels_of,
    one_per_entity,
    read_labels,
    read_pairs,
)
from kgalign.align.pairs import concatenated
from kgalign.encode import TextEncoder
from kgalign.errors import InputError
from kgalign.kg import IRI_ORIGIN, IngestOptions, KnowledgeGraph, load
from kgalign.progress import say


@dataclass(frozen=True)
class Inputs:
    """The small files, read before the long work so that a mistake in one is told at once."""

    seeds: pl.DataFrame | None
    decisions: pl.DataFrame | None
    labels: pl.DataFrame | None
    reference: pl.DataFrame | None

    @classmethod
    def read(
        cls, seeds: str | None, decisions: str | None, labels: tuple[str, ...], reference: str | None
    ) -> Inputs:
        """Read those of the files that were named."""
        return cls(
            None if seeds is None else read_pairs(seeds),
            None if decisions is None else _read_decisions(Path(decisions)),
            pl.concat([read_labels(path) for path in labels]) if labels else None,
            None if reference is None else read_pairs(reference),
        )


def load_graphs(names: Sequence[str], options: IngestOptions) -> tuple[KnowledgeGraph, ...]:
    """Load the graphs, and say what is odd about them.

    Raises:
        InputError: if one can't be read or is empty, or two are the same.
    """
    if names.count("-") > 1:
        raise InputError("standard input can be only one of the graphs", remedy="name files for the others")
    graphs = tuple(load(name, options) for name in names)
    for name, graph in zip(names, graphs, strict=True):
        if graph.entity_count == 0:
            raise InputError(
                "the graph has no entity", path=name, remedy="name a dump with statements about entities"
            )
    contents = [sorted(source.sha256 for source in graph.manifest.sources) for graph in graphs]
    for (one, content), (other, same) in combinations(zip(names, contents, strict=True), 2):
        if content == same:
            raise InputError(f"{one} and {other} are the same graph", remedy="name different graphs")
    for name, graph in zip(names, graphs, strict=True):
        _tell_thin(name, graph)
    return graphs


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
    graphs: Sequence[KnowledgeGraph],
    given: pl.DataFrame | None,
    path: str | None,
    options: AlignOptions,
) -> dict[GraphPair, Seeds]:
    """Seed links from a file and, if asked for, from owl:sameAs in the graphs, by pair of graphs.

    Raises:
        InputError: if there are seed links and none of them names entities of two graphs.
    """
    found = [] if given is None else [_given_seeds(graphs, given, str(path))]
    if options.use_same_as:
        stated = pl.concat([graph.same_as for graph in graphs]).with_columns(line=pl.lit(None, pl.UInt32))
        found.append(distribute(stated.unique(maintain_order=True), graphs))
        if not found[-1].pairs:
            say("kgalign: no owl:sameAs statement links two of the graphs; aligning without seeds.")
    seeds: dict[GraphPair, Seeds] = {}
    for pair in combinations(range(len(graphs)), 2):
        parts = [part.pairs[pair] for part in found if pair in part.pairs]
        if parts:
            seeds[pair] = Seeds(*one_per_entity(concatenated(parts), options.cardinality))
    return seeds


def _given_seeds(graphs: Sequence[KnowledgeGraph], given: pl.DataFrame, path: str) -> DistributedPairs:
    found = distribute(given, graphs)
    if found.first_unknown is None:
        return found
    line, iri = found.first_unknown
    if not found.pairs:
        raise InputError(
            f"none of the {found.unknown:,} seed links names entities of {_two_of(graphs)} (first: <{iri}>)",
            path=path,
            line=line,
            remedy="check that the seeds belong to these graphs",
        )
    place = path if line is None else f"{path}:{line}"
    say(
        f"kgalign: {place}: {found.unknown:,} seed links name unknown entities (first: <{iri}>); "
        "they are left out."
    )
    return found


def _read_decisions(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise InputError("there is no such file", path=path, remedy="check --decisions")
    file = DecisionFile(path)
    line = file.cut_short()
    if line is not None:
        say(f"kgalign: {path}:{line}: the last line was cut short; it is left out.")
    return file.read()


def decided_pairs(
    graphs: Sequence[KnowledgeGraph], decisions: pl.DataFrame | None, path: str | None, options: AlignOptions
) -> dict[GraphPair, DecidedPairs]:
    """What people decided, by pair of graphs.

    Raises:
        InputError: if there are decisions and none of them names entities of two graphs.
    """
    if decisions is None:
        return {}
    found = distribute_decisions(decisions, graphs, options.cardinality)
    if found.unknown:
        if not found.pairs:
            raise InputError(
                f"none of the {found.unknown:,} decisions names entities of {_two_of(graphs)} "
                f"(first: <{found.first_unknown}>)",
                path=path,
                remedy="check that the decisions belong to these graphs",
            )
        say(
            f"kgalign: {path}: {found.unknown:,} decisions name unknown entities "
            f"(first: <{found.first_unknown}>); they are left out."
        )
    if found.contradicted:
        say(
            f"kgalign: {path}: {found.contradicted:,} confirmed pairs contradict a later decision about "
            "one of their entities; they are left out."
        )
    return found.pairs


def _two_of(graphs: Sequence[KnowledgeGraph]) -> str:
    return "both graphs" if len(graphs) == 2 else "two of the graphs"


def adapted_encoder(options: AlignOptions) -> TextEncoder | None:
    """The label encoder, if ``options.encoder`` is the folder of an adapter."""
    if not is_adapter(options.encoder):
        return None
    # Only those who name an adapter wait for torch before the graphs are read.
    from kgalign.adapters.adapted_encoder import open_encoder

    return open_encoder(options.encoder, device=options.device)


def extra_labels(graphs: Sequence[KnowledgeGraph], labels: pl.DataFrame | None) -> list[pl.DataFrame | None]:
    """The further names of each graph's entities.

    Raises:
        InputError: if no name is about an entity of the graphs.
    """
    if labels is None:
        return [None] * len(graphs)
    own = [labels_of(graph, labels) for graph in graphs]
    if not any(names.height for names in own):
        raise InputError("none of the labels names an entity of the graphs", remedy="check --labels")
    return list(own)
