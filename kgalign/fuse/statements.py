"""What the graphs state of the fused entities, each statement once, with who states it.

Statements are the same if they mean the same: their entities are in one cluster, their relations are
merged, and their values are equal in whatever form (1 km and 1000 m, 5 May 1969 and 1969-05-05). Of
several forms the one that most graphs use is kept, then that of the first graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kgalign.align.values.literals import literals
from kgalign.align.values.readings import Readings, readings
from kgalign.fuse.identity import Identity
from kgalign.fuse.sources import Sources
from kgalign.fuse.vocabulary import Vocabulary
from kgalign.kg import IRI_ORIGIN

# Of longer texts the readings see the beginning only, so that they are compared whole.
_LONGEST_READ = 512
_FORM = ["value", "language", "datatype"]


@dataclass(frozen=True)
class ReadAttributes:
    """The statements with a literal, and what their values mean.

    Attributes:
        table: ``entity``, ``attribute`` (numbers), ``subject`` (fused entity), ``graph``, ``value``,
            ``language``, ``datatype`` and ``meaning``: equal for values that mean the same.
        readings: what the values can be read as.
        values: ``meaning`` and ``reading``: the number in *readings* of each meaning that has one.
    """

    table: pl.DataFrame
    readings: Readings
    values: pl.DataFrame


@dataclass(frozen=True)
class FusedStatements:
    """The statements of all graphs about fused entities. Entities and relations stand by their fused number.

    Attributes:
        triples: ``subject``, ``relation``, ``object``, ``graph`` (position), and as the graph has them
            ``stated_subject``, ``stated_relation``, ``stated_object`` (numbers): a row for each graph's
            statement.
        attributes: ``subject``, ``relation``, ``meaning`` (equal for values that mean the same),
            ``value``, ``language``, ``datatype`` (the form that is kept), ``graph``, and
            ``stated_subject``, ``stated_relation``, ``stated_value``, ``stated_language``,
            ``stated_datatype``.
        labels: ``subject``, ``text``, ``language``, ``origin``, ``preferred``, ``graph``,
            ``stated_subject``.
        relation_labels: ``relation``, ``text``, ``language``, ``origin``, ``graph``.
        same_as: ``source``, ``target`` (canonical IRIs where known), ``graph``.
        readings: what the values can be read as.
        values: ``meaning`` and ``reading``: the number in *readings* of each meaning that has one.
    """

    triples: pl.DataFrame
    attributes: pl.DataFrame
    labels: pl.DataFrame
    relation_labels: pl.DataFrame
    same_as: pl.DataFrame
    readings: Readings
    values: pl.DataFrame


def read_attributes(sources: Sources, entities: Identity) -> ReadAttributes:
    """Gather the statements with a literal, and read their values."""
    cluster = pl.Series(entities.cluster_of)
    stated = _stacked(sources, "attributes", {"entity": "entity", "attribute": "relation"}).with_columns(
        subject=_fused("entity", cluster)
    )
    distinct = literals(stated.select("value", "language", "datatype"))
    read = readings(distinct)
    meanings = _meanings(distinct, read)
    table = stated.join(
        distinct.select("literal", *_FORM).join(meanings, on="literal"),
        on=_FORM,
        nulls_equal=True,
        maintain_order="left",
    )
    values = meanings.drop_nulls("reading").select("meaning", "reading").unique().sort("meaning")
    return ReadAttributes(table, read, values)


def fused_statements(
    sources: Sources, entities: Identity, relations: Vocabulary, attributes: ReadAttributes
) -> FusedStatements:
    """Gather the statements of all graphs."""
    cluster = pl.Series(entities.cluster_of)
    relation = pl.Series(relations.relation_of)
    triples = (
        _stacked(sources, "triples", {"head": "entity", "relation": "relation", "tail": "entity"})
        .with_columns(
            subject=_fused("head", cluster),
            fused=_fused("relation", relation),
            object=_fused("tail", cluster),
        )
        .select(
            "subject",
            "object",
            "graph",
            relation="fused",
            stated_subject="head",
            stated_relation="relation",
            stated_object="tail",
        )
        .sort("subject", "relation", "object", "graph", "stated_subject", "stated_relation", "stated_object")
    )
    labels = (
        _stacked(sources, "labels", {"entity": "entity"})
        .filter(pl.col("origin") != IRI_ORIGIN)
        .with_columns(subject=_fused("entity", cluster))
        .rename({"entity": "stated_subject"})
    )
    relation_labels = (
        _stacked(sources, "relation_labels", {"relation": "relation"})
        .filter(pl.col("origin") != IRI_ORIGIN)
        .with_columns(relation=_fused("relation", relation))
    )
    return FusedStatements(
        triples,
        _attributes(attributes.table, relation),
        labels,
        relation_labels,
        _same_as(sources, entities),
        attributes.readings,
        attributes.values,
    )


def _stacked(sources: Sources, table: str, numbered: dict[str, str]) -> pl.DataFrame:
    """A table of all graphs with ``graph``, and ids as numbers: *numbered* says of which kind each is."""
    parts = []
    for place, graph in enumerate(sources.graphs):
        offsets = {
            "entity": int(sources.entity_offsets[place]),
            "relation": int(sources.relation_offsets[place]),
        }
        frame: pl.DataFrame = getattr(graph, table)
        parts.append(
            frame.with_columns(
                *[pl.col(name).cast(pl.Int64) + offsets[kind] for name, kind in numbered.items()],
                graph=pl.lit(place, pl.Int64),
            )
        )
    return pl.concat(parts)


def _fused(column: str, numbers: pl.Series) -> pl.Expr:
    """Numbers of entities or relations as those of the fused graph."""
    return pl.lit(numbers).gather(pl.col(column))


def _attributes(stated: pl.DataFrame, relation: pl.Series) -> pl.DataFrame:
    """Statements with a literal by fused relation, each with the form that is kept of it."""
    known = stated.with_columns(relation=_fused("attribute", relation))
    same = ["subject", "relation", "meaning"]
    kept = (
        known.group_by(*same, *_FORM)
        .agg(sources=pl.col("graph").n_unique(), first=pl.col("graph").min())
        .sort(*same, "sources", "first", *_FORM, descending=[False, False, False, True] + 4 * [False])
        .unique(same, keep="first", maintain_order=True)
        .select(*same, *_FORM)
    )
    return (
        known.rename({name: f"stated_{name}" for name in _FORM})
        .join(kept, on=same)
        .select(
            *same,
            *_FORM,
            "graph",
            "stated_value",
            "stated_language",
            "stated_datatype",
            stated_subject="entity",
            stated_relation="attribute",
        )
        .sort(*same, "graph", "stated_subject", "stated_relation", *[f"stated_{name}" for name in _FORM])
    )


def _meanings(distinct: pl.DataFrame, read: Readings) -> pl.DataFrame:
    """``literal``, ``meaning`` (dense) and ``reading``: which literals mean the same.

    Texts in different languages never do, though the values may be read alike.
    """
    keyed = (
        distinct.select("literal", "value", "language")
        .join(read.values, on="literal", how="left", maintain_order="left")
        .with_columns(long=pl.col("value").str.len_chars() > _LONGEST_READ)
        .with_columns(reading=pl.when(~pl.col("long")).then("value_right"))
        .with_columns(own=pl.when(pl.col("reading").is_null()).then("literal"))
    )
    meaning = ["reading", "own", "language"]
    dense = keyed.select(meaning).unique().sort(meaning).with_row_index("meaning")
    return keyed.join(dense, on=meaning, nulls_equal=True, maintain_order="left").select(
        "literal", pl.col("meaning").cast(pl.Int64), pl.col("reading").cast(pl.Int64)
    )


def _same_as(sources: Sources, entities: Identity) -> pl.DataFrame:
    """What the graphs say of owl:sameAs, about fused entities; that one is itself goes without saying.

    An IRI means the graph's own entity or else, if only one cluster has it, that of another graph.
    """
    everyone = pl.DataFrame({"iri": sources.entity_iris, "cluster": entities.cluster_of}).unique(
        maintain_order=True
    )
    known = everyone.filter(~pl.col("iri").str.starts_with("_:") & (pl.len().over("iri") == 1)).select(
        "iri", elsewhere=pl.lit(entities.canonical).gather(pl.col("cluster"))
    )
    parts = []
    for place, graph in enumerate(sources.graphs):
        offset = int(sources.entity_offsets[place])
        numbers = entities.cluster_of[offset : offset + graph.entity_count]
        own = graph.entities.select("iri", here=entities.canonical.gather(numbers))
        table = graph.same_as
        for end in ("source", "target"):
            for names in (own, known):
                table = table.join(names, left_on=end, right_on="iri", how="left", maintain_order="left")
            table = table.with_columns(pl.coalesce("here", "elsewhere", _apart(end, place)).alias(end)).drop(
                "here", "elsewhere"
            )
        parts.append(table.with_columns(graph=pl.lit(place, pl.Int64)))
    return pl.concat(parts).filter(pl.col("source") != pl.col("target")).unique(maintain_order=True)


def _apart(end: str, place: int) -> pl.Expr:
    """A blank node that is no entity is kept apart from those of other graphs, as the entities are."""
    iri = pl.col(end)
    return (
        pl.when(iri.str.starts_with("_:"))
        .then(pl.format("_:g{}_{}", pl.lit(place), iri.str.strip_prefix("_:")))
        .otherwise(iri)
    )
