"""From links to one graph: clusters, names, statements, conflicts, and what looks doubtful."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.align.candidates import Ids
from kgalign.fuse.conflicts import Conflicts, find_conflicts
from kgalign.fuse.evidence import link_evidence
from kgalign.fuse.identity import Identity, identity, preference
from kgalign.fuse.linking import Linking, with_same_iris
from kgalign.fuse.measures import beyond_chance, measures
from kgalign.fuse.options import FuseOptions
from kgalign.fuse.repair import WeightedLinks, repaired
from kgalign.fuse.repair import cut as cut_links
from kgalign.fuse.sources import Sources
from kgalign.fuse.statements import FusedStatements, fused_statements, read_attributes
from kgalign.fuse.strength import weighted_links
from kgalign.fuse.suspicion import suspicious_links
from kgalign.fuse.vocabulary import Vocabulary, vocabulary
from kgalign.resources import StageClock


@dataclass(frozen=True)
class Fusion:
    """What :func:`fuse` made.

    Attributes:
        sources: the graphs.
        options: the options.
        linking: the links that it started from, with those of equal IRIs.
        label: what is together, for each entity: the lowest number of its cluster.
        cut: for each link whether it was cut.
        entities: the fused entities.
        relations: the fused relations.
        statements: what the graphs state of them, without what the policy of conflicts left out.
        conflicts: where they contradict each other.
        suspicious: every link from the most to the least suspicious (see
            :func:`~kgalign.fuse.suspicion.suspicious_links`).
    """

    sources: Sources
    options: FuseOptions
    linking: Linking
    label: Ids
    cut: NDArray[np.bool_]
    entities: Identity
    relations: Vocabulary
    statements: FusedStatements
    conflicts: Conflicts
    suspicious: pl.DataFrame


def fuse(
    sources: Sources,
    linking: Linking,
    options: FuseOptions | None = None,
    *,
    clock: StageClock | None = None,
) -> Fusion:
    """Join the graphs of *sources* into one.

    Args:
        sources: the graphs.
        linking: what is the same (see :func:`~kgalign.fuse.linking.read_linking`).
        options: what to do with it; None for the defaults.
        clock: collects time and memory per stage.

    Raises:
        InputError: if the options name a graph that isn't there.
    """
    chosen = options or FuseOptions()
    watch = clock or StageClock()
    rank = preference(sources, chosen)
    known = with_same_iris(linking, sources) if chosen.same_iri else linking
    with watch.stage("evidence"):
        evidence = link_evidence(sources, known)
    with watch.stage("clusters"):
        weighted = weighted_links(sources, known, evidence)
        label = _label(weighted, known, chosen)
        entities = identity(sources, label, chosen)
    with watch.stage("statements"):
        attributes = read_attributes(sources, entities)
        learnt = evidence.relations if known.relations is None else known.relations
        likely = learnt.filter(pl.min_horizontal("forward", "backward") >= chosen.relation_agreement)
        proven = beyond_chance(sources, entities, attributes, likely)
        alike = pl.concat([proven, measures(sources, attributes)], how="diagonal_relaxed")
        relations = vocabulary(sources, alike, chosen.relation_agreement, rank)
        statements = fused_statements(sources, entities, relations, attributes)
    with watch.stage("conflicts"):
        conflicts = find_conflicts(sources, entities, relations, statements, chosen)
    with watch.stage("suspicion"):
        suspicious = suspicious_links(sources, known, evidence, weighted, entities, relations, conflicts)
    return Fusion(
        sources,
        chosen,
        known,
        label,
        cut_links(weighted, label),
        entities,
        relations,
        _without(statements, conflicts.lost),
        conflicts,
        suspicious,
    )


def _label(weighted: WeightedLinks, linking: Linking, options: FuseOptions) -> Ids:
    if options.several_per_graph:
        weighted = replace(weighted, group=np.arange(len(weighted.group)))
    return repaired(weighted, linking.declined.select("first", "second").iter_rows())


def _without(statements: FusedStatements, lost: pl.DataFrame) -> FusedStatements:
    """*statements* without the values that a policy left out."""
    keys = ["subject", "relation"]
    objects = lost.filter("entity").select(*keys, object="term")
    values = lost.filter(~pl.col("entity")).select(*keys, meaning="term")
    return replace(
        statements,
        triples=statements.triples.join(objects, on=objects.columns, how="anti", maintain_order="left"),
        attributes=statements.attributes.join(values, on=values.columns, how="anti", maintain_order="left"),
    )
