"""Why each link was made: the evidence behind its score, and what it was preferred to.

A link's score is a sum: each signal's value by its weight, less the background that all candidates
of its entities share (see :func:`~kgalign.align.matching.localised`). The columns made here hold
that sum term by term, for the link and for its best rival, with the strongest matched neighbours and
shared values by name, so that a table of links explains itself without the graphs.

Neighbours and values are weighed by the matches and correspondences of the last round, those that
the links and ``relations.parquet`` show; the signals were computed with those of the round before,
which differ a little where the rounds hadn't settled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.align.bootstrapping import Bootstrapped
from kgalign.align.candidates import Ids, Pairs
from kgalign.align.matching import Values, best_of_group
from kgalign.align.naming import entity_names, relation_names
from kgalign.kg import KnowledgeGraph

BACKGROUND = "background"
ANCHOR = "anchor"
MOST_NEIGHBOURS = 8
MOST_ATTRIBUTES = 8
MOST_NAMES = 8
# What tables of links written by earlier versions lack.
LANGUAGE_COLUMNS = ("source_languages", "target_languages")
_LONGEST_VALUE = 300
# Below every score: candidates that an anchor excludes come after all others.
_EXCLUDED = 1e6

EXPLANATION_SCHEMA = pl.Schema(
    {
        "source_names": pl.List(pl.String()),
        "target_names": pl.List(pl.String()),
        "source_languages": pl.List(pl.String()),
        "target_languages": pl.List(pl.String()),
        "score": pl.Float32(),
        "contributions": pl.List(
            pl.Struct(
                {
                    "signal": pl.String(),
                    "value": pl.Float32(),
                    "weight": pl.Float32(),
                    "contribution": pl.Float32(),
                    "rival_contribution": pl.Float32(),
                }
            )
        ),
        "neighbours": pl.List(
            pl.Struct(
                {
                    "relation": pl.String(),
                    "neighbour": pl.String(),
                    "neighbour_label": pl.String(),
                    "counterpart_relation": pl.String(),
                    "counterpart": pl.String(),
                    "counterpart_label": pl.String(),
                    "information": pl.Float32(),
                }
            )
        ),
        "neighbours_shared": pl.UInt32(),
        "attributes": pl.List(
            pl.Struct(
                {
                    "attribute": pl.String(),
                    "value": pl.String(),
                    "counterpart_attribute": pl.String(),
                    "counterpart_value": pl.String(),
                    "information": pl.Float32(),
                }
            )
        ),
        "attributes_shared": pl.UInt32(),
        "rival": pl.String(),
        "rival_label": pl.String(),
        "rival_side": pl.String(),
        "rival_score": pl.Float32(),
        "rival_probability": pl.Float64(),
    }
)


@dataclass(frozen=True)
class Wording:
    """How one graph's numbers read.

    Attributes:
        iris: of the entities, in id order.
        labels: of the entities, in id order, null for a nameless one.
        names: ``entity``, ``text``, ``language``, ``preferred``: every label of every entity.
        relations: see :func:`~kgalign.align.naming.relation_names`.
        values: ``entity``, ``attribute``, ``number`` (of the value, as a neighbour) and ``text``, the
            value as the graph states it; the first three are distinct.
    """

    iris: pl.Series
    labels: pl.Series
    names: pl.DataFrame
    relations: pl.Series
    values: pl.DataFrame

    @classmethod
    def of(cls, graph: KnowledgeGraph, values: pl.DataFrame) -> Wording:
        """The wording of *graph*, whose value neighbours are *values*."""
        labels = graph.labels.select("entity", "text", "language", "preferred")
        return cls(graph.entities["iri"], entity_names(graph), labels, relation_names(graph), values)


def explained(
    found: Bootstrapped, rows: Ids, probability: Values, first: Wording, second: Wording
) -> pl.DataFrame:
    """Explain some of the pairs found.

    Args:
        found: the state after the last round.
        rows: the pairs to explain, by their row in ``found.pairs``: the links.
        probability: of each of ``found.pairs``.
        first: how the first graph's numbers read.
        second: how the second's do.

    Returns:
        One row per element of *rows*, in their order, columns as in :data:`EXPLANATION_SCHEMA`:

        * ``source_names`` and ``target_names``: the graphs' labels, preferred ones first, at most
          :data:`MOST_NAMES`; ``source_languages`` and ``target_languages``: the language tags of each,
          with spaces between them where one name serves several, "" where the graph states none;
        * ``score``, and ``contributions``, which add up to it: one per signal; ``background``, the
          mean score of both entities' other candidates, with weight -1; and ``anchor``, only where
          a person, a seed link or a common IRI decides for the pair or its rival;
        * ``neighbours`` and ``attributes``: the most informative ones, at most
          :data:`MOST_NEIGHBOURS` and :data:`MOST_ATTRIBUTES`; ``information`` in nats, weighted by
          the match and by how well the relations correspond; and how many there are in all;
        * ``rival``: the best other candidate of the source (``rival_side`` is ``target``: it would
          replace the target), or of the target where the source has none (``source``); null where
          neither has one.
    """
    pairs = found.pairs
    links = Pairs(pairs.source[rows], pairs.target[rows], pairs.sources, pairs.targets)
    rivals, of_source = _rivals(found, rows)
    columns = [
        _names(first, links.source, "source"),
        _names(second, links.target, "target"),
        pl.DataFrame({"score": pl.Series(found.scores[rows], dtype=pl.Float32)}),
        _listed(_contributions(found, rows, rivals), "contributions", len(rows)),
        *_neighbours(found, links, first, second),
        *_attributes(found, links, first, second),
        _rival_columns(found, rivals, of_source, first, second),
        pl.DataFrame({"rival_probability": _where(rivals >= 0, probability[rivals])}),
    ]
    return pl.concat(columns, how="horizontal").cast(EXPLANATION_SCHEMA)


def _rivals(found: Bootstrapped, rows: Ids) -> tuple[Ids, NDArray[np.bool_]]:
    """Row of each link's best rival (-1 for none), and whether it's a candidate of the link's source."""
    pairs = found.pairs
    # Among those that an anchor excludes, the evidence alone tells the best.
    rank = np.where(found.decided, found.combination.score(found.signals) - _EXCLUDED, found.scores)
    rank[rows] = -np.inf
    by_source = best_of_group(rank, pairs.source, pairs.sources)[pairs.source[rows]]
    by_target = best_of_group(rank, pairs.target, pairs.targets)[pairs.target[rows]]
    of_source = np.isfinite(rank[by_source])
    of_target = np.isfinite(rank[by_target])
    return np.where(of_source, by_source, np.where(of_target, by_target, -1)), of_source


def _contributions(found: Bootstrapped, rows: Ids, rivals: Ids) -> pl.DataFrame:
    names = [*found.combination.names, BACKGROUND, ANCHOR]
    weights = np.append(found.combination.weights, [-1.0, 1.0])
    own, other = (_terms(found, chosen) for chosen in (rows, np.maximum(rivals, 0)))
    contest = np.where(rivals >= 0, found.decided[rivals], False)
    return (
        pl.DataFrame(
            {
                "row": np.repeat(np.arange(len(rows), dtype=np.uint32), len(names)),
                "signal": names * len(rows),
                "value": own.ravel(),
                "weight": np.tile(weights, len(rows)),
                "contribution": (own * weights).ravel(),
                "rival_contribution": np.where((rivals >= 0)[:, None], other * weights, np.nan).ravel(),
                "anchored": np.repeat(found.decided[rows] | contest, len(names)),
            },
            schema_overrides={"signal": pl.String},
        )
        .filter((pl.col("signal") != ANCHOR) | pl.col("anchored"))
        .select(pl.exclude("anchored", "rival_contribution"), pl.col("rival_contribution").fill_nan(None))
    )


def _terms(found: Bootstrapped, rows: Ids) -> Values:
    """The signals of *rows*, then their background, then what an anchor added to reach its verdict."""
    signals = found.signals[rows].astype(np.float64)
    remainder = found.scores[rows] - signals @ found.combination.weights
    decided = found.decided[rows]
    return np.column_stack([signals, np.where(decided, 0.0, -remainder), np.where(decided, remainder, 0.0)])


def _names(wording: Wording, entities: Ids, side: str) -> pl.DataFrame:
    rows = pl.DataFrame({"entity": pl.Series(entities, dtype=pl.UInt32)})
    tags = pl.col("language").drop_nulls().unique(maintain_order=True)
    names = (
        wording.names.join(rows, on="entity", how="semi", maintain_order="left")
        .sort("preferred", descending=True, maintain_order=True)
        .group_by("entity", "text", maintain_order=True)
        .agg(tags.str.join(" ").alias("languages"))
        .group_by("entity", maintain_order=True)
        .agg(
            pl.col("text").head(MOST_NAMES).alias(f"{side}_names"),
            pl.col("languages").head(MOST_NAMES).alias(f"{side}_languages"),
        )
    )
    return rows.join(names, on="entity", how="left", maintain_order="left").select(
        pl.col(f"{side}_names", f"{side}_languages").fill_null([])
    )


def _neighbours(found: Bootstrapped, links: Pairs, first: Wording, second: Wording) -> list[pl.DataFrame]:
    shared, count = _strongest(found, links, values=False, most=MOST_NEIGHBOURS)
    near, far = shared["neighbour"], shared["counterpart_neighbour"]
    named = shared.select(
        "row",
        first.relations.gather(shared["relation"]).alias("relation"),
        first.iris.gather(near).alias("neighbour"),
        first.labels.gather(near).alias("neighbour_label"),
        second.relations.gather(shared["counterpart"]).alias("counterpart_relation"),
        second.iris.gather(far).alias("counterpart"),
        second.labels.gather(far).alias("counterpart_label"),
        "information",
    )
    return [_listed(named, "neighbours", len(links)), pl.DataFrame({"neighbours_shared": count})]


def _attributes(found: Bootstrapped, links: Pairs, first: Wording, second: Wording) -> list[pl.DataFrame]:
    shared, count = _strongest(found, links, values=True, most=MOST_ATTRIBUTES)
    row = shared["row"].to_numpy()
    near, far = shared["neighbour"], shared["counterpart_neighbour"]
    named = shared.select(
        "row",
        first.relations.gather(shared["relation"]).alias("attribute"),
        _texts(first, links.source[row], shared["relation"], near).alias("value"),
        second.relations.gather(shared["counterpart"]).alias("counterpart_attribute"),
        _texts(second, links.target[row], shared["counterpart"], far).alias("counterpart_value"),
        "information",
    )
    return [_listed(named, "attributes", len(links)), pl.DataFrame({"attributes_shared": count})]


def _strongest(found: Bootstrapped, links: Pairs, *, values: bool, most: int) -> tuple[pl.DataFrame, Ids]:
    """The *most* informative things that each link shares, and how many it shares in all."""
    shared = found.matched_neighbours.shared(links, found.matches, found.correspondence, values=values)
    telling = shared.filter(pl.col("information") > 0)
    count = np.bincount(telling["row"].to_numpy(), minlength=len(links))
    return telling.group_by("row", maintain_order=True).head(most), count


def _texts(wording: Wording, entity: Ids, attribute: pl.Series, number: pl.Series) -> pl.Series:
    """Each value as its graph states it, cut to a readable length."""
    asked = pl.DataFrame({"entity": entity, "attribute": attribute, "number": number}).cast(pl.UInt32)
    text = pl.col("text")
    return (
        asked.join(wording.values, on=asked.columns, how="left", maintain_order="left")
        .select(
            pl.when(text.str.len_chars() > _LONGEST_VALUE)
            .then(text.str.slice(0, _LONGEST_VALUE - 1) + "…")
            .otherwise(text)
        )
        .to_series()
    )


def _rival_columns(
    found: Bootstrapped, rivals: Ids, of_source: NDArray[np.bool_], first: Wording, second: Wording
) -> pl.DataFrame:
    there = rivals >= 0
    target = _where(there & of_source, found.pairs.target[rivals])
    source = _where(there & ~of_source, found.pairs.source[rivals])
    return pl.select(
        rival=pl.coalesce(second.iris.gather(target), first.iris.gather(source)),
        rival_label=pl.coalesce(second.labels.gather(target), first.labels.gather(source)),
        rival_side=pl.when(target.is_not_null())
        .then(pl.lit("target"))
        .when(source.is_not_null())
        .then(pl.lit("source")),
        rival_score=_where(there, found.scores[rivals]),
    )


def _where(chosen: NDArray[np.bool_], values: NDArray[np.int64] | NDArray[np.float64]) -> pl.Series:
    """*values* where *chosen*, null elsewhere."""
    return pl.select(pl.when(pl.Series(chosen)).then(pl.Series(values))).to_series()


def _listed(rows: pl.DataFrame, name: str, count: int) -> pl.DataFrame:
    """The structs of each ``row`` as one list, in their order; an empty list for a row without any."""
    fields = [column for column in rows.columns if column != "row"]
    lists = rows.group_by("row", maintain_order=True).agg(pl.struct(fields).alias(name))
    every = pl.DataFrame({"row": pl.Series(range(count), dtype=pl.UInt32)})
    return every.join(lists, on="row", how="left", maintain_order="left").select(pl.col(name).fill_null([]))
