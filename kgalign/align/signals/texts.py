"""The names that label signals compare: chosen, cleaned, one row per entity and text."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kgalign.kg import IRI_ORIGIN, KnowledgeGraph

_COMMON_SHARE = 0.1
_COMMON_COUNT = 5


@dataclass(frozen=True)
class Texts:
    """Names of one graph's entities, sorted by entity, the preferred ones first.

    Attributes:
        rows: ``entity`` u32, ``text`` str, ``language`` str ("" where unknown).
        entities: number of entities of the graph, named or not.
    """

    rows: pl.DataFrame
    entities: int

    @property
    def named(self) -> int:
        """Number of entities that have at least one usable name."""
        return self.rows["entity"].n_unique()


def entity_texts(graph: KnowledgeGraph, extra: pl.DataFrame | None, limit: int) -> Texts:
    """Collect up to *limit* names per entity.

    Names taken from IRIs are used only where they read as names (see :func:`readable_names`): an
    opaque identifier says nothing, and two identifiers that look alike mean nothing either.

    Args:
        graph: the graph.
        extra: further names: ``entity`` u32, ``text``, ``language``; None if there are none.
        limit: names per entity; preferred ones first, then in the graph's order.
    """
    stated = graph.labels.with_row_index("order")
    from_iri = pl.col("origin") == IRI_ORIGIN
    parts = [
        stated.filter(~from_iri).select(
            "entity", "text", "language", rank=(~pl.col("preferred")).cast(pl.Int8), order=pl.col("order")
        ),
        readable_names(stated.filter(from_iri)).select(
            "entity", "text", "language", pl.lit(2, pl.Int8).alias("rank"), "order"
        ),
    ]
    if extra is not None:
        parts.append(
            extra.with_row_index("order").select(
                "entity", "text", "language", pl.lit(1, pl.Int8).alias("rank"), "order"
            )
        )
    rows = (
        pl.concat(parts)
        .with_columns(
            pl.col("text").str.replace_all(r"\s+", " ").str.strip_chars().str.slice(0, 256),
            pl.col("language").fill_null("").str.to_lowercase(),
        )
        .filter(pl.col("text") != "")
        .sort("entity", "rank", "order")
        .unique(["entity", "text"], keep="first", maintain_order=True)
        .group_by("entity", maintain_order=True)
        .head(limit)
        .select("entity", "text", "language")
    )
    return Texts(rows, graph.entity_count)


def readable_names(labels: pl.DataFrame) -> pl.DataFrame:
    """Those of *labels* (texts taken from IRIs) that read as names rather than as identifiers.

    Words that hold a digit and words that a tenth of the texts repeat (``person1-Person730``) are
    set aside; a text is kept if what is left holds three letters of an alphabet or one ideograph.
    """
    words = (
        labels.select("entity", "text")
        .with_row_index("text_number")
        .with_columns(word=pl.col("text").str.to_lowercase().str.extract_all(r"[\p{L}\p{M}\p{N}]+"))
        .explode("word")
        .drop_nulls("word")
        .filter(~pl.col("word").str.contains(r"\p{Nd}"))
    )
    common = max(_COMMON_COUNT, _COMMON_SHARE * labels.height)
    telling = words.filter(pl.col("text_number").n_unique().over("word") <= common)
    kept = (
        telling.group_by("text_number")
        .agg(
            letters=pl.col("word").str.len_chars().sum(),
            ideographs=pl.col("word").str.contains(_IDEOGRAPH).any(),
        )
        .filter((pl.col("letters") >= 3) | pl.col("ideographs"))
    )
    return labels.with_row_index("text_number").join(kept, on="text_number", how="semi").drop("text_number")


_IDEOGRAPH = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
