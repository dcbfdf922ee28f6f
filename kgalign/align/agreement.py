"""From the links of each pair of graphs to links that agree over all graphs.

What the pairs' alignments say is joined into clusters (see :mod:`kgalign.align.joining`). Links within
a cluster stand; pairs within a cluster that were no links become links of the method ``joined``;
links across clusters give way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from scipy.special import expit, logit

from kgalign.align.aligner import Alignment
from kgalign.align.candidates import Ids, blocks
from kgalign.align.joining import ABSENT, Evidence, join, summed
from kgalign.align.links import GRAPH_COLUMNS, LINK_COLUMNS
from kgalign.align.matching import Values
from kgalign.align.naming import entity_names
from kgalign.align.options import AlignOptions
from kgalign.kg import KnowledgeGraph

JOINED = "joined"
DECLINED = "declined"
VIA = "via"
# Nothing but a link of their own rank overrules what was given or what shares its IRI.
_CERTAIN = {"confirmed": 1e11, "seed": 1e9, "same-iri": 1e6}
# What a person declined stays apart, whatever speaks for it.
_DECLINED = -1e15
_MOST_PROBABILITY = 1 - 1e-6


@dataclass(frozen=True)
class Agreement:
    """Links that agree, and the clusters they form.

    Attributes:
        links: accepted and uncertain links of all pairs, best first.
        clusters: ``cluster`` u32, ``graph`` and ``entity`` (IRI): entities that are the same.
        joined: number of links that follow from others.
        given_up: number of links that were accepted between their two graphs and contradict others.
    """

    links: pl.DataFrame
    clusters: pl.DataFrame
    joined: int
    given_up: int


def agreed(
    graphs: Sequence[KnowledgeGraph],
    names: Sequence[str],
    alignments: Mapping[tuple[int, int], Alignment],
    options: AlignOptions,
) -> Agreement:
    """Make the links of *alignments*, one for each pair of *graphs*, agree.

    A link that gives way is kept as uncertain while its probability, lowered by what contradicts it,
    is high enough. A joined link's probability is that of the best path of links between its two
    entities (their product), moved by what the pair's own evidence says; it may lie below the
    threshold, and the column ``via`` names the entities on the path. The two entities of a pair that a
    person declined never come together.
    """
    offsets = np.concatenate([[0], np.cumsum([graph.entity_count for graph in graphs])])
    known = _known_pairs(graphs, alignments, offsets)
    evidence = Evidence(
        known["first"].to_numpy(),
        known["second"].to_numpy(),
        known["log_odds"].to_numpy(),
        known["accepted"].to_numpy(),
        np.repeat(np.arange(len(graphs)), np.diff(offsets)),
    )
    label = join(evidence, options.threshold)
    members = _members(label, evidence.graph, len(graphs))
    inside = _inside(members, known)
    outside = _outside(known, evidence, label, inside, options)
    links = pl.concat([inside, outside], how="diagonal")
    iris = pl.concat([graph.entities["iri"] for graph in graphs])
    labels = pl.concat([entity_names(graph) for graph in graphs])
    table = _links_table(links, alignments, iris, labels, offsets, names)
    return Agreement(
        table,
        clusters_table(members, iris, names),
        int((inside["method"] == JOINED).sum()),
        int(outside["accepted"].sum()),
    )


def clusters_table(members: Ids, iris: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    """Clusters × graphs (entities numbered through all graphs, -1 for none) as a table."""
    cluster, graph = np.nonzero(members >= 0)
    return pl.DataFrame(
        {
            "cluster": pl.Series(cluster, dtype=pl.UInt32),
            "graph": pl.Series(names, dtype=pl.String).gather(graph),
            "entity": iris.gather(members[cluster, graph]),
        }
    )


def _known_pairs(
    graphs: Sequence[KnowledgeGraph], alignments: Mapping[tuple[int, int], Alignment], offsets: Ids
) -> pl.DataFrame:
    """Every link and candidate: ``first``, ``second``, ``log_odds``, and what the pair's links say."""
    entities = [
        graph.entities.select("iri", (pl.col("id").cast(pl.Int64) + int(offset)).alias("number"))
        for graph, offset in zip(graphs, offsets[:-1], strict=True)
    ]
    parts = []
    for (i, j), alignment in alignments.items():
        links = alignment.links.table.select("source", "target", "probability", "method", "status")
        others = alignment.candidates.select("source", "target", "probability").join(
            links, on=["source", "target"], how="anti"
        )
        parts.append(_declined(alignment, int(offsets[i]), int(offsets[j])))
        parts.append(
            pl.concat([links, others], how="diagonal")
            .join(entities[i].rename({"iri": "source", "number": "first"}), on="source")
            .join(entities[j].rename({"iri": "target", "number": "second"}), on="target")
            .drop("source", "target")
        )
    accepted = (pl.col("status") == "accepted").fill_null(False)
    table = pl.concat(parts, how="diagonal").with_columns(accepted=accepted).sort("first", "second")
    odds = logit(np.clip(table["probability"].to_numpy(), expit(ABSENT), _MOST_PROBABILITY))
    certain = pl.col("method").replace_strict(_CERTAIN, default=None, return_dtype=pl.Float64)
    return table.with_columns(log_odds=pl.Series(odds)).with_columns(
        log_odds=pl.when("accepted")
        .then(pl.coalesce(certain, "log_odds"))
        .when(pl.col("status") == DECLINED)
        .then(pl.lit(_DECLINED))
        .otherwise("log_odds")
    )


def _declined(alignment: Alignment, first: int, second: int) -> pl.DataFrame:
    """The pairs that people declined, in the numbering of all graphs, in which these two begin so."""
    nothing = np.empty(0, np.int64)
    source, target = (nothing, nothing) if alignment.decided is None else alignment.decided.declined
    return pl.DataFrame({"first": source + first, "second": target + second}).with_columns(
        probability=pl.lit(0.0), status=pl.lit(DECLINED)
    )


def _members(label: Ids, graph: Ids, graphs: int) -> Ids:
    """Clusters of two and more × graphs: the entity, or -1."""
    kept = np.flatnonzero(np.bincount(label, minlength=len(label))[label] > 1)
    _, cluster = np.unique(label[kept], return_inverse=True)
    members = np.full((int(cluster.max(initial=-1)) + 1, graphs), -1, np.int64)
    members[cluster, graph[kept]] = kept
    return members


def _inside(members: Ids, known: pl.DataFrame) -> pl.DataFrame:
    """All pairs within clusters: as they were linked, or joined by the best path of links."""
    parts = []
    for i, j in combinations(range(members.shape[1]), 2):
        cluster = np.flatnonzero((members[:, i] >= 0) & (members[:, j] >= 0))
        parts.append(
            pl.DataFrame(
                {"first": members[cluster, i], "second": members[cluster, j], "cluster": cluster}
            ).with_columns(i=pl.lit(i), j=pl.lit(j))
        )
    pairs = pl.concat(parts).join(known, on=["first", "second"], how="left", maintain_order="left")
    pairs = pairs.with_columns(pl.col("accepted").fill_null(False))
    probability, via = _best_paths(pairs, members)
    path = logit(probability) + pairs["log_odds"].fill_null(ABSENT).to_numpy()
    joined = pl.lit(JOINED)
    return pairs.select(
        "first",
        "second",
        "accepted",
        probability=pl.when("accepted").then("probability").otherwise(pl.Series(expit(path))),
        method=pl.when("accepted").then("method").otherwise(joined),
        status=pl.lit("accepted"),
        via=pl.when("accepted").then(None).otherwise(via),
    )


def _best_paths(pairs: pl.DataFrame, members: Ids) -> tuple[Values, pl.Series]:
    """The best path of links for each of *pairs*: its probability, and the entities it runs through."""
    wanted = pairs.with_row_index("row").filter(~pl.col("accepted"))
    affected, position = np.unique(wanted["cluster"].to_numpy(), return_inverse=True)
    edges = pairs.filter("accepted").join(
        pl.DataFrame({"cluster": affected, "position": np.arange(len(affected))}), on="cluster"
    )
    graphs = members.shape[1]
    i, j = wanted["i"].to_numpy(), wanted["j"].to_numpy()
    probability = np.ones(len(pairs))
    steps = np.full((len(wanted), max(graphs - 1, 1)), -1, np.int64)
    for block in blocks(len(affected), graphs * graphs):
        mine = edges.filter(pl.col("position").is_between(block.start, block.stop - 1))
        length, following = _shortest(mine, block, graphs)
        rows = np.flatnonzero((position >= block.start) & (position < block.stop))
        local = position[rows] - block.start
        probability[wanted["row"].to_numpy()[rows]] = np.exp(-length[local, i[rows], j[rows]])
        at = i[rows]
        for step in range(graphs - 1):
            at = following[local, at, j[rows]]
            entity = members[affected[position[rows]], at]
            steps[rows, step] = np.where(at == j[rows], -1, entity)
    via = pl.Series(steps.tolist(), dtype=pl.List(pl.Int64)).list.eval(pl.element().filter(pl.element() >= 0))
    spread = pl.DataFrame({"row": wanted["row"], "via": via})
    everyone = pairs.with_row_index("row").select("row")
    return probability, everyone.join(spread, on="row", how="left", maintain_order="left")["via"]


def _shortest(edges: pl.DataFrame, block: slice, graphs: int) -> tuple[Values, Ids]:
    """Floyd and Warshall's shortest paths in all clusters of a block at once.

    Returns:
        Lengths (-log probability) and the graph that follows on the way: clusters × graphs × graphs.
    """
    clusters = block.stop - block.start
    length = np.full((clusters, graphs, graphs), np.inf)
    length[:, range(graphs), range(graphs)] = 0.0
    following = np.broadcast_to(np.arange(graphs), length.shape).copy()
    cluster = edges["position"].to_numpy() - block.start
    i, j = edges["i"].to_numpy(), edges["j"].to_numpy()
    cost = -np.log(edges["probability"].to_numpy())
    length[cluster, i, j] = length[cluster, j, i] = cost
    for middle in range(graphs):
        around = length[:, :, middle, None] + length[:, None, middle, :]
        shorter = around < length
        length = np.where(shorter, around, length)
        following = np.where(shorter, following[:, :, middle, None], following)
    return length, following


def _outside(
    known: pl.DataFrame, evidence: Evidence, label: Ids, inside: pl.DataFrame, options: AlignOptions
) -> pl.DataFrame:
    """Links across clusters: those that were uncertain, and those that give way, now less probable."""
    across = label[evidence.first] != label[evidence.second]
    table = known.filter(pl.Series(across) & pl.col("method").is_not_null())
    gone = np.flatnonzero(across & evidence.accepted)
    first, second = evidence.first[gone], evidence.second[gone]
    own = evidence.log_odds[gone]
    merge, mergeable = summed(evidence, label, first, second)
    hold = _hold(inside, known, len(label))
    # Where the clusters exclude each other, one of the two would have to leave its own.
    leaving = np.where(hold[[first, second]] > 0, hold[[first, second]], np.inf).min(axis=0)
    leaving = np.where(np.isfinite(leaving), leaving, 0.0)
    odds = np.where(mergeable, np.minimum(own, merge), own - leaving)
    lowered = np.full(len(evidence.first), np.nan)
    lowered[gone] = expit(odds)
    least = min(options.uncertain, options.threshold)
    return (
        table.with_columns(lowered=pl.Series(lowered[across & known["method"].is_not_null().to_numpy()]))
        .with_columns(
            probability=pl.when("accepted").then("lowered").otherwise("probability"),
            status=pl.lit("uncertain"),
        )
        .filter(pl.col("probability") >= least)
        .select("first", "second", "accepted", "probability", "method", "status")
    )


def _hold(inside: pl.DataFrame, known: pl.DataFrame, count: int) -> Values:
    """What binds each entity to the others of its cluster, in log-odds; 0 for one alone."""
    stated = known.select("first", "second", "log_odds")
    pairs = inside.select("first", "second").join(
        stated, on=["first", "second"], how="left", maintain_order="left"
    )
    odds = pairs["log_odds"].fill_null(ABSENT).to_numpy()
    ends = np.concatenate([pairs["first"].to_numpy(), pairs["second"].to_numpy()])
    return np.asarray(np.bincount(ends, np.concatenate([odds, odds]), count), np.float64)


def _links_table(
    links: pl.DataFrame,
    alignments: Mapping[tuple[int, int], Alignment],
    iris: pl.Series,
    labels: pl.Series,
    offsets: Ids,
    names: Sequence[str],
) -> pl.DataFrame:
    """*links* with names instead of numbers, and with the evidence that the pairs' tables hold."""
    first, second = links["first"], links["second"]
    ends = {"source": first, "target": second}
    graph_names = pl.Series(names, dtype=pl.String)
    via = links.with_row_index("row").select("row", "via").explode("via").drop_nulls()
    via = via.with_columns(iris.gather(via["via"]).alias("via")).group_by("row", maintain_order=True).all()
    table = (
        links.with_row_index("row")
        .select(
            "row",
            *[
                graph_names.gather(np.searchsorted(offsets, ends[side].to_numpy(), "right") - 1).alias(column)
                for side, column in zip(ends, GRAPH_COLUMNS, strict=True)
            ],
            *[iris.gather(numbers).alias(side) for side, numbers in ends.items()],
            "probability",
            "status",
            "method",
            *[labels.gather(numbers).alias(f"{side}_label") for side, numbers in ends.items()],
        )
        .join(via, on="row", how="left", maintain_order="left")
    )
    keys = [*GRAPH_COLUMNS, "source", "target"]
    return (
        table.join(_signals(alignments, names), on=keys, how="left", maintain_order="left")
        .select(
            *GRAPH_COLUMNS,
            *LINK_COLUMNS,
            pl.exclude(*GRAPH_COLUMNS, *LINK_COLUMNS, VIA, "row"),
            VIA,
        )
        .sort("probability", *keys, descending=[True, False, False, False, False])
    )


def _signals(alignments: Mapping[tuple[int, int], Alignment], names: Sequence[str]) -> pl.DataFrame:
    """The columns of evidence of every link and, as far as they have them, of every other candidate."""
    parts = []
    for (i, j), alignment in alignments.items():
        links = alignment.links.table
        shared = [name for name in alignment.candidates.columns if name in links.columns]
        others = alignment.candidates.select(shared).join(links, on=["source", "target"], how="anti")
        table = pl.concat([links, others], how="diagonal")
        parts.append(
            table.select(
                pl.lit(names[i]).alias(GRAPH_COLUMNS[0]),
                pl.lit(names[j]).alias(GRAPH_COLUMNS[1]),
                "source",
                "target",
                pl.exclude(*LINK_COLUMNS),
            )
        )
    return pl.concat(parts)
