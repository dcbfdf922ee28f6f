"""Functional properties whose values disagree between the graphs, and what a policy keeps of them.

A property is functional if its subjects have one value each (functionality as in PARIS: distinct subjects
over statements). Where two graphs state one of the same entity and none of their values agree, each pair
of values is a conflict.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from kgalign.align.candidates import Ids
from kgalign.fuse.disagreement import AGREE, ENTITY, RELATED, UNLINKED, judged
from kgalign.fuse.identity import Identity
from kgalign.fuse.options import FuseOptions
from kgalign.fuse.policy import with_kept
from kgalign.fuse.sources import Sources
from kgalign.fuse.statements import FusedStatements
from kgalign.fuse.vocabulary import Vocabulary

CONFLICT_COLUMNS = (
    "cluster",
    "entity",
    "property",
    "kind",
    "graph_a",
    "value_a",
    "graph_b",
    "value_b",
    "kept",
)
_KEYS = ["subject", "relation"]
_PLACES = ["subject", "relation", "a", "b"]


@dataclass(frozen=True)
class Conflicts:
    """Where the graphs contradict each other.

    Attributes:
        table: one row per two values: ``cluster``, ``entity`` (canonical IRI), ``property``, ``kind``,
            ``graph_a``, ``value_a``, ``graph_b``, ``value_b`` and ``kept``: ``both``, ``a``, ``b`` or
            ``neither`` (of three graphs and more).
        found: the same by number: ``subject``, ``relation``, ``a``, ``b`` (graphs), ``entity`` (whether the
            values are entities), ``term_a``, ``term_b`` (fused entities, or meanings of values), ``kind``,
            and ``lost_a``, ``lost_b``: whether the value is left out.
        compared: ``relation``, ``a``, ``b``, ``compared``, ``contrary``: of how many entities two graphs
            both state a functional property, and of how many of these they contradict each other.
        functional: how many fused relations are functional.
    """

    table: pl.DataFrame
    found: pl.DataFrame
    compared: pl.DataFrame
    functional: int

    @property
    def lost(self) -> pl.DataFrame:
        """``subject``, ``relation``, ``entity``, ``term``: what isn't kept."""
        return pl.concat(
            [
                self.found.filter(f"lost_{side}").select(*_KEYS, "entity", term=f"term_{side}")
                for side in ("a", "b")
            ]
        ).unique()


def find_conflicts(
    sources: Sources,
    entities: Identity,
    relations: Vocabulary,
    statements: FusedStatements,
    options: FuseOptions,
) -> Conflicts:
    """Find the conflicts of all clusters and decide what *options* keep of them."""
    terms = _terms(statements)
    functional = _functional(terms, options.functionality)
    shared = terms.join(functional, on="relation", how="semi").filter(
        pl.col("graph").n_unique().over(_KEYS) > 1
    )
    pairs = pl.concat([_pairs(shared, a, b) for a, b in combinations(range(len(sources.graphs)), 2)])
    judgement = _judged_values(pairs, statements).vstack(
        _judged_entities(pairs, sources, entities, statements)
    )
    contrary = (pl.col("kind") != AGREE).all().over(_PLACES)
    judgement = judgement.with_columns(contrary=contrary).sort(*_PLACES, "entity", "term_a", "term_b")
    compared = (
        judgement.unique(_PLACES)
        .group_by("relation", "a", "b")
        .agg(compared=pl.len(), contrary=pl.col("contrary").sum())
        .sort("relation", "a", "b")
    )
    found = with_kept(judgement.filter("contrary").drop("contrary"), terms, sources, options)
    return Conflicts(
        _named(found, sources, entities, relations, statements), found, compared, functional.height
    )


def _terms(statements: FusedStatements) -> pl.DataFrame:
    """Every statement once for each graph: ``subject``, ``relation``, ``entity``, ``term``, ``graph``."""
    columns = [*_KEYS, "entity", "term", "graph"]
    return pl.concat(
        [
            statements.triples.with_columns(entity=pl.lit(True), term="object").select(columns),
            statements.attributes.with_columns(entity=pl.lit(False), term="meaning").select(columns),
        ]
    ).unique()


def _functional(terms: pl.DataFrame, least: float) -> pl.DataFrame:
    """``relation``: the fused relations that two graphs use, and all as if each subject had one value."""
    return (
        terms.group_by("relation", "graph")
        .agg(functionality=pl.col("subject").n_unique() / pl.len())
        .group_by("relation")
        .agg(graphs=pl.len(), functionality=pl.min("functionality"))
        .filter((pl.col("graphs") > 1) & (pl.col("functionality") >= least))
        .select("relation")
        .sort("relation")
    )


def _pairs(shared: pl.DataFrame, a: int, b: int) -> pl.DataFrame:
    """The values of two graphs side by side, of one kind: entities or literals."""
    sides = [
        shared.filter(pl.col("graph") == graph).select(*_KEYS, "entity", pl.col("term").alias(f"term_{side}"))
        for graph, side in ((a, "a"), (b, "b"))
    ]
    return (
        sides[0]
        .join(sides[1], on=[*_KEYS, "entity"])
        .select(*_KEYS, "entity", "term_a", "term_b", a=pl.lit(a, pl.Int64), b=pl.lit(b, pl.Int64))
    )


def _judged_values(pairs: pl.DataFrame, statements: FusedStatements) -> pl.DataFrame:
    literal = pairs.filter(~pl.col("entity")).sort(*_PLACES, "term_a", "term_b")
    forms = _forms(statements)
    for side in ("a", "b"):
        literal = literal.join(
            forms.select(
                pl.col("meaning").alias(f"term_{side}"),
                pl.col("reading").alias("one" if side == "a" else "other"),
                pl.col("language").alias("language_one" if side == "a" else "language_other"),
            ),
            on=f"term_{side}",
            how="left",
            maintain_order="left",
        )
    return literal.with_columns(kind=judged(literal, statements.readings)).select(*pairs.columns, "kind")


def _forms(statements: FusedStatements) -> pl.DataFrame:
    """``meaning``, ``reading``, ``language``: what each value can be read as."""
    return (
        statements.attributes.select("meaning", "language")
        .unique("meaning")
        .join(statements.values, on="meaning", how="left")
    )


def _judged_entities(
    pairs: pl.DataFrame, sources: Sources, entities: Identity, statements: FusedStatements
) -> pl.DataFrame:
    """Different entities contradict each other, but less if they are near each other or were never linked."""
    table = pairs.filter("entity").sort(*_PLACES, "term_a", "term_b")
    held = _held(sources, entities)
    lacking = [
        ~np.isin(_keys(table[f"term_{own}"], table[graph], len(sources.graphs)), held)
        for own, graph in (("a", "b"), ("b", "a"))
    ]
    count = len(entities.canonical)
    edges = _keys(statements.triples["subject"], statements.triples["object"], count)
    near = np.isin(_keys(table["term_a"], table["term_b"], count), edges) | np.isin(
        _keys(table["term_b"], table["term_a"], count), edges
    )
    kind = (
        pl.when(pl.col("term_a") == pl.col("term_b"))
        .then(pl.lit(AGREE))
        .when(pl.Series(near))
        .then(pl.lit(RELATED))
        .when(pl.Series(lacking[0] & lacking[1]))
        .then(pl.lit(UNLINKED))
        .otherwise(pl.lit(ENTITY))
    )
    return table.with_columns(kind=kind)


def _held(sources: Sources, entities: Identity) -> Ids:
    """Which fused entity has an entity of which graph, as keys."""
    return np.unique(entities.cluster_of * len(sources.graphs) + sources.graph_of_entity)


def _keys(one: pl.Series, other: pl.Series, width: int) -> Ids:
    return np.asarray(one.to_numpy() * width + other.to_numpy(), np.int64)


def _named(
    found: pl.DataFrame,
    sources: Sources,
    entities: Identity,
    relations: Vocabulary,
    statements: FusedStatements,
) -> pl.DataFrame:
    """Conflicts in words: IRIs of entities, texts of values as each graph has them."""
    forms = (
        statements.attributes.select(*_KEYS, "meaning", "graph", "stated_value")
        .unique([*_KEYS, "meaning", "graph"], keep="first", maintain_order=True)
        .rename({"stated_value": "text"})
    )
    table = found
    for side in ("a", "b"):
        own = forms.rename({"meaning": f"term_{side}", "graph": side, "text": f"text_{side}"})
        table = table.join(own, on=[*_KEYS, f"term_{side}", side], how="left", maintain_order="left")
    iris = {
        side: pl.when("entity")
        .then(pl.lit(entities.canonical).gather(pl.when("entity").then(f"term_{side}").otherwise(0)))
        .otherwise(f"text_{side}")
        for side in ("a", "b")
    }
    names = pl.Series(sources.names, dtype=pl.String)
    lost = [pl.col("lost_a"), pl.col("lost_b")]
    return (
        table.select(
            pl.col("subject").cast(pl.UInt32).alias("cluster"),
            pl.lit(entities.canonical).gather(pl.col("subject")).alias("subject_iri"),
            pl.lit(relations.iris).gather(pl.col("relation")).alias("property"),
            "kind",
            pl.lit(names).gather(pl.col("a")).alias("graph_a"),
            iris["a"].alias("value_a"),
            pl.lit(names).gather(pl.col("b")).alias("graph_b"),
            iris["b"].alias("value_b"),
            pl.when(lost[0] & lost[1])
            .then(pl.lit("neither"))
            .when(lost[0])
            .then(pl.lit("b"))
            .when(lost[1])
            .then(pl.lit("a"))
            .otherwise(pl.lit("both"))
            .alias("kept"),
        )
        .rename({"subject_iri": "entity"})
        .select(CONFLICT_COLUMNS)
    )
