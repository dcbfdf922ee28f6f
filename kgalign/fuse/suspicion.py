"""One list of all links, the most suspicious first, with the reason.

Nothing is looked at but the graphs, the links and the evidence: a link that was cut; one whose place a
rival fits better; one whose two entities contradict each other in functional properties, by how seldom
linked entities do in these; one that alone holds a cluster together; and one of low probability.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from kgalign.align.naming import entity_names
from kgalign.align.structure.neighbourhood import FIXED_POINT, fixed_point
from kgalign.fuse.conflicts import Conflicts
from kgalign.fuse.disagreement import RELATED, UNLINKED
from kgalign.fuse.evidence import LinkEvidence
from kgalign.fuse.identity import Identity
from kgalign.fuse.linking import CONFIRMED, Linking
from kgalign.fuse.repair import WeightedLinks, bridges, cut
from kgalign.fuse.sources import Sources
from kgalign.fuse.strength import link_log_odds
from kgalign.fuse.vocabulary import Vocabulary

CUT, RIVAL, CONFLICT, BRIDGE, WEAK, UNSUPPORTED, NOTHING = (
    "cut",
    "better rival",
    "conflict",
    "holds alone",
    "weak",
    "unsupported",
    "nothing odd",
)
# In log-odds. That a link was cut, or that nothing else holds its cluster together, is no proof.
_CUT_ADDS = 4.0
_BRIDGE_ADDS = 1.0
# Conflicts come together, and what they say is in part in the support already.
_CONFLICT_SHARE = 0.5
_MOST_BY_CONFLICTS = 5.0
# Properties that linked entities contradict each other in as often as not (populations) say nothing.
_LEAST_INFORMATION = float(np.log(2.0))
_CONFIRMED = -50.0
_WEAK_PROBABILITY = 0.8
_EVEN = float(np.log(0.5))
_LEAST_EVIDENCE = 0.05
_DIGITS = 6
_PROPERTIES_NAMED = 3


def suspicious_links(
    sources: Sources,
    linking: Linking,
    evidence: LinkEvidence,
    weighted: WeightedLinks,
    entities: Identity,
    relations: Vocabulary,
    conflicts: Conflicts,
) -> pl.DataFrame:
    """Rank all links.

    Returns:
        ``rank`` (from 1), ``kind``, ``source``, ``target``, ``source_graph``, ``target_graph``, ``score``
        (how much speaks against the link, in nats; 0 is even) and ``reason``.
    """
    cluster = entities.cluster_of
    table = linking.links.with_columns(
        evidence.links.drop("first", "second"),
        graph=pl.Series(sources.graph_of_entity[weighted.first]),
        graph_other=pl.Series(sources.graph_of_entity[weighted.second]),
        cluster=pl.Series(cluster[weighted.first]),
        cluster_other=pl.Series(cluster[weighted.second]),
        cut=pl.Series(cut(weighted, cluster)),
        alone=pl.Series(bridges(weighted, cluster)),
        score=pl.Series(-link_log_odds(linking, evidence)),
    ).join(
        _contradictions(conflicts, relations),
        left_on=["cluster", "graph", "graph_other"],
        right_on=["subject", "a", "b"],
        how="left",
        maintain_order="left",
    )
    inside = ~pl.col("cut")
    table = table.with_columns(
        pl.when(inside).then(name).alias(name) for name in ("information", "contrary", "properties")
    )
    against = (
        pl.col("score")
        + _CUT_ADDS * pl.col("cut")
        + _BRIDGE_ADDS * pl.col("alone")
        + (_CONFLICT_SHARE * pl.col("information").fill_null(0.0)).clip(0.0, _MOST_BY_CONFLICTS)
    )
    score = pl.when(pl.col("status") == CONFIRMED).then(_CONFIRMED).otherwise(against)
    return (
        _told(table.with_columns(score=score.round(_DIGITS)), sources, entities)
        .sort("score", "first", "second", descending=[True, False, False])
        .with_row_index("rank", offset=1)
        .select("rank", "kind", "source", "target", "source_graph", "target_graph", "score", "reason")
    )


def _contradictions(conflicts: Conflicts, relations: Vocabulary) -> pl.DataFrame:
    """``subject``, ``a``, ``b``, ``information``, ``contrary`` (how many properties) and ``properties``."""
    places = ["subject", "relation", "a", "b"]
    telling = conflicts.found.filter(~pl.col("kind").is_in([UNLINKED, RELATED]).all().over(places))
    seldom = conflicts.compared.select(
        "relation",
        "a",
        "b",
        information=-((pl.col("contrary") + 1) / (pl.col("compared") + 2)).log(),
    ).filter(pl.col("information") >= _LEAST_INFORMATION)
    return (
        telling.select(places)
        .unique()
        .join(seldom, on=["relation", "a", "b"])
        .with_columns(
            fixed_point(pl.col("information")),
            name=pl.lit(relations.iris.str.extract(r"([^/#]+)[/#]?$")).gather(pl.col("relation")),
        )
        .sort("information", "relation", descending=[True, False])
        .group_by("subject", "a", "b", maintain_order=True)
        .agg(
            pl.sum("information") / FIXED_POINT,
            contrary=pl.len(),
            properties=pl.col("name").head(_PROPERTIES_NAMED).str.join(", "),
        )
    )


def _told(table: pl.DataFrame, sources: Sources, entities: Identity) -> pl.DataFrame:
    """*table* with IRIs, graphs' names, ``kind`` and ``reason``."""
    iris, names = pl.lit(sources.entity_iris), pl.lit(_names(sources))
    occupied = _occupants(sources, entities)
    for side, cluster, graph in (
        ("second", "cluster", "graph_other"),
        ("first", "cluster_other", "graph"),
    ):
        table = table.join(
            occupied.rename({"cluster": cluster, "graph": graph, "number": f"instead_of_{side}"}),
            on=[cluster, graph],
            how="left",
            maintain_order="left",
        )
    called = {side: names.gather(pl.col(side)) for side in ("first", "second")}
    rival = names.gather(pl.when(pl.col("rival") >= 0).then("rival"))
    contested = (pl.col("rival") >= 0) & (pl.col("support") < _EVEN)
    bare = pl.max_horizontal("neighbours", "values", "names") < _LEAST_EVIDENCE
    parts = {
        CUT: (pl.col("cut"), _cut_reason(names, called)),
        RIVAL: (
            contested,
            pl.when(pl.col("rival_side") == "second")
            .then(pl.format("{} fits {} better or as well", rival, called["first"]))
            .otherwise(pl.format("{} fits {} better or as well", rival, called["second"])),
        ),
        CONFLICT: (
            pl.col("contrary").is_not_null(),
            pl.format("functional properties that disagree: {} ({})", "contrary", "properties"),
        ),
        BRIDGE: (pl.col("alone"), pl.lit("it alone holds its cluster together")),
        UNSUPPORTED: (bare, pl.lit("no shared neighbour, value or part of a name")),
        WEAK: (
            pl.col("probability") < _WEAK_PROBABILITY,
            pl.format("its probability is {}", pl.col("probability").round(3)),
        ),
    }
    reasons = [pl.when(holds).then(words) for holds, words in parts.values()]
    kind: pl.Expr = pl.lit(NOTHING)
    for name in reversed(parts):
        kind = pl.when(parts[name][0]).then(pl.lit(name)).otherwise(kind)
    graph_names = pl.lit(pl.Series(sources.names, dtype=pl.String))
    return table.with_columns(
        kind=kind,
        reason=pl.concat_str(reasons, separator="; ", ignore_nulls=True),
        source=iris.gather(pl.col("first")),
        target=iris.gather(pl.col("second")),
        source_graph=graph_names.gather(pl.col("graph")),
        target_graph=graph_names.gather(pl.col("graph_other")),
    )


def _cut_reason(names: pl.Expr, called: dict[str, pl.Expr]) -> pl.Expr:
    kept = [
        pl.when(pl.col(f"instead_of_{own}").is_not_null()).then(
            pl.format("{} is kept with {}", names.gather(pl.col(f"instead_of_{own}")), called[other])
        )
        for own, other in (("second", "first"), ("first", "second"))
    ]
    instead = pl.concat_str(kept, separator=" and ", ignore_nulls=True)
    return (
        pl.when(instead != "")
        .then(pl.format("cut: {}", instead))
        .otherwise(pl.lit("cut: it would join two entities of another graph, or what a person keeps apart"))
    )


def _occupants(sources: Sources, entities: Identity) -> pl.DataFrame:
    """``cluster``, ``graph``, ``number``: the first entity of each graph in each cluster."""
    return pl.DataFrame(
        {
            "cluster": entities.cluster_of,
            "graph": sources.graph_of_entity,
            "number": np.arange(len(entities.cluster_of)),
        }
    ).unique(["cluster", "graph"], keep="first", maintain_order=True)


def _names(sources: Sources) -> pl.Series:
    """What to call each entity, by number: its name, else its IRI."""
    names = pl.concat([entity_names(graph) for graph in sources.graphs])
    return pl.select(pl.coalesce(names, sources.entity_iris).alias("name"))["name"]
