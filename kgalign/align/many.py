"""Aligning any number of graphs: every pair, then links that agree over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from kgalign.align.agreement import VIA, agreed
from kgalign.align.aligner import Alignment, Seeds, align
from kgalign.align.combination import Combination
from kgalign.align.decided_pairs import DecidedPairs
from kgalign.align.earlier import Earlier
from kgalign.align.links import GRAPH_COLUMNS, LINK_COLUMNS, Links
from kgalign.align.options import AlignOptions
from kgalign.encode import TextEncoder, load_encoder
from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph
from kgalign.resources import StageClock

GraphPair = tuple[int, int]


@dataclass(frozen=True)
class ManyAlignment:
    """What :func:`align_many` found.

    Attributes:
        names: the graphs' names, in order.
        alignments: what :func:`~kgalign.align.align` found between each two graphs, by their
            positions, the lower one first; before the links were made to agree.
        links: accepted and uncertain links of all pairs, after that. ``source_graph`` and
            ``target_graph`` come before the columns of :class:`~kgalign.align.Links`; ``via`` comes last:
            for a link of the method ``joined``, the entities that it follows through.
        clusters: ``cluster`` u32, ``graph`` and ``entity`` (IRI): entities that are the same by the
            accepted links.
        joined: number of links that follow from others, through a third graph.
        given_up: number of links that were accepted between their two graphs and gave way to others.
    """

    names: tuple[str, ...]
    alignments: Mapping[GraphPair, Alignment]
    links: Links
    clusters: pl.DataFrame
    joined: int
    given_up: int

    def between(self, pair: GraphPair) -> Links:
        """The links of one pair of graphs."""
        is_pair = pl.lit(True)
        for column, position in zip(GRAPH_COLUMNS, pair, strict=True):
            is_pair &= pl.col(column) == self.names[position]
        return Links(self.links.table.filter(is_pair))

    @property
    def candidates(self) -> pl.DataFrame:
        """All pairs' candidates, after ``source_graph`` and ``target_graph``."""
        return self._gathered({pair: found.candidates for pair, found in self.alignments.items()})

    @property
    def relations(self) -> pl.DataFrame:
        """All pairs' corresponding relations, after ``source_graph`` and ``target_graph``."""
        return self._gathered({pair: found.relations for pair, found in self.alignments.items()})

    def _gathered(self, tables: Mapping[GraphPair, pl.DataFrame]) -> pl.DataFrame:
        return pl.concat([_with_graphs(table, self.names, pair) for pair, table in tables.items()])


def align_many(
    graphs: Sequence[KnowledgeGraph],
    names: Sequence[str],
    options: AlignOptions | None = None,
    *,
    seeds: Mapping[GraphPair, Seeds] | None = None,
    decided: Mapping[GraphPair, DecidedPairs] | None = None,
    extra_labels: Sequence[pl.DataFrame | None] | None = None,
    encoder: TextEncoder | None = None,
    earlier: Mapping[GraphPair, Earlier] | None = None,
    starting: Combination | None = None,
    clock: StageClock | None = None,
) -> ManyAlignment:
    """Find which entities of two or more graphs are the same.

    Every two graphs are aligned (see :func:`~kgalign.align.align`). With more than two, the links are then
    made to agree (see :mod:`kgalign.align.agreement`): they form clusters with at most one entity of
    each graph, and all pairs within a cluster are linked.

    Args:
        graphs: the graphs.
        names: what to call each in the tables; distinct.
        options: what to use and how; None for the defaults.
        seeds: links known to be true, by the positions of their graphs, the lower one first.
        decided: decisions of people, likewise; a declined pair isn't joined through others either.
        extra_labels: further names for each graph: ``entity`` u32, ``text``, ``language``.
        encoder: the label encoder, if it is not to be loaded by ``options.encoder``.
        earlier: what an earlier run knew (see :func:`~kgalign.align.earlier.read_earlier`).
        starting: as for :func:`~kgalign.align.align`, for every two graphs.
        clock: collects time and memory per stage.

    Returns:
        The alignment; of two graphs, the links are those of :func:`~kgalign.align.align`.

    Raises:
        InputError: if there are fewer than two graphs, two have one name, or many-to-one links are
            asked of more than two.
    """
    chosen = options or AlignOptions()
    check_cardinality(len(graphs), chosen)
    if len(names) != len(graphs) or len(set(names)) != len(names):
        raise InputError("every graph needs a name of its own", remedy="give one distinct name per graph")
    watch = clock or StageClock()
    further = extra_labels or [None] * len(graphs)
    if encoder is None and len(graphs) > 2 and "labels" in chosen.signals:
        with watch.stage("encode"):
            encoder = load_encoder(chosen.encoder, device=chosen.device)
    alignments = {
        (i, j): align(
            graphs[i],
            graphs[j],
            chosen,
            seeds=(seeds or {}).get((i, j)),
            decided=(decided or {}).get((i, j)),
            extra_labels=(further[i], further[j]),
            encoder=encoder,
            earlier=(earlier or {}).get((i, j)),
            starting=starting,
            clock=watch,
        )
        for i, j in combinations(range(len(graphs)), 2)
    }
    if len(graphs) == 2:
        return _of_two(graphs, names, alignments[0, 1])
    with watch.stage("join"):
        agreement = agreed(graphs, names, alignments, chosen)
    return ManyAlignment(
        tuple(names),
        alignments,
        Links(agreement.links),
        agreement.clusters,
        agreement.joined,
        agreement.given_up,
    )


def check_cardinality(graphs: int, options: AlignOptions) -> None:
    """Check that so many graphs can be aligned with *options*.

    Raises:
        InputError: if they can't.
    """
    if graphs < 2:
        raise InputError("aligning takes at least two graphs", remedy="name another one")
    if graphs > 2 and options.cardinality == "many-to-one":
        raise InputError(
            "many-to-one links are made between two graphs only",
            remedy="align the graphs two at a time, or choose one-to-one",
        )


def _of_two(graphs: Sequence[KnowledgeGraph], names: Sequence[str], found: Alignment) -> ManyAlignment:
    table = _with_graphs(found.links.table, names, (0, 1)).select(
        *GRAPH_COLUMNS,
        *LINK_COLUMNS,
        pl.exclude(*GRAPH_COLUMNS, *LINK_COLUMNS),
        pl.lit(None, pl.List(pl.String)).alias(VIA),
    )
    clusters = clusters_of_two(found.links.accepted, graphs, names)
    return ManyAlignment(tuple(names), {(0, 1): found}, Links(table), clusters, 0, 0)


def clusters_of_two(
    accepted: pl.DataFrame, graphs: Sequence[KnowledgeGraph], names: Sequence[str]
) -> pl.DataFrame:
    """What the *accepted* links of two graphs connect: ``cluster``, ``graph``, ``entity``.

    Several sources are in one cluster where they share a target.
    """
    iris = pl.concat([graph.entities["iri"] for graph in graphs])
    cut = graphs[0].entity_count
    numbers = [
        accepted.join(graph.entities, left_on=side, right_on="iri", maintain_order="left")["id"]
        .to_numpy()
        .astype(np.int64)
        for side, graph in zip(("source", "target"), graphs, strict=True)
    ]
    edges = sparse.csr_matrix(
        (np.ones(accepted.height, np.int8), (numbers[0], numbers[1] + cut)), (len(iris), len(iris))
    )
    component = connected_components(edges, directed=False)[1]
    members = np.flatnonzero(np.bincount(component, minlength=len(iris))[component] > 1)
    _, first, cluster = np.unique(component[members], return_index=True, return_inverse=True)
    number = np.argsort(np.argsort(first))[cluster]
    return pl.DataFrame(
        {
            "cluster": pl.Series(number, dtype=pl.UInt32),
            "graph": pl.Series(names, dtype=pl.String).gather((members >= cut).astype(np.int64)),
            "entity": iris.gather(members),
        }
    ).sort("cluster", maintain_order=True)


def _with_graphs(table: pl.DataFrame, names: Sequence[str], pair: GraphPair) -> pl.DataFrame:
    """*table* after the two columns that name its graphs."""
    return table.select(
        *[pl.lit(names[place]).alias(column) for column, place in zip(GRAPH_COLUMNS, pair, strict=True)],
        pl.all(),
    )
