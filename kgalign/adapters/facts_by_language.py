"""Facts in each language that can tell them, and which of them training is not to see."""

from __future__ import annotations

import numpy as np
import polars as pl

from kgalign.kg import IRI_ORIGIN, KnowledgeGraph

FACT = ("subject", "relation", "object")


def preferred_names(graph: KnowledgeGraph) -> pl.DataFrame:
    """Each entity's preferred label in each language: ``entity``, ``language``, ``text``.

    The language of a label without a tag is "". Names taken from IRIs are left out.
    """
    return graph.labels.filter("preferred", pl.col("origin") != IRI_ORIGIN).select(
        "entity", pl.col("language").fill_null(""), "text"
    )


def facts_of(graph: KnowledgeGraph) -> pl.DataFrame:
    """The statements between entities as ``subject``, ``relation``, ``object``."""
    return graph.triples.rename({"head": "subject", "tail": "object"}).select(FACT)


def facts_by_language(facts: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Every fact in every language in which its subject and its object both have a label.

    Args:
        facts: ``subject``, ``relation``, ``object``.
        labels: ``entity``, ``language``.

    Returns:
        ``subject``, ``relation``, ``object``, ``language``, without repeats and sorted.
    """
    named = labels.select("entity", "language").unique()
    return (
        facts.select(FACT)
        .unique()
        .join(named.rename({"entity": "subject"}), on="subject")
        .join(named.rename({"entity": "object"}), on=["object", "language"], how="semi")
        .sort(*FACT, "language")
    )


def hold_out_by_language(facts: pl.DataFrame, labels: pl.DataFrame, share: float, seed: int) -> pl.DataFrame:
    """Hold out a share of each language's facts in that language alone.

    Only a fact that another language can tell as well may be held out, and one of its languages, at
    least, keeps it: whoever trains on the rest has seen each fact, but not in the language held out,
    so that only the entities' being the same in both languages leads to it.

    Args:
        facts: ``subject``, ``relation``, ``object``.
        labels: ``entity``, ``language``.
        share: which part of a language's facts is held out, of those that may be.
        seed: decides which; adding a language changes nothing in the others, but for the facts that
            would otherwise be held out everywhere.

    Returns:
        ``subject``, ``relation``, ``object``, ``language`` (see :func:`facts_by_language`) and
        ``held_out``.
    """
    table = facts_by_language(facts, labels).with_columns(languages=pl.len().over(FACT))
    parts = [
        rows.with_columns(draw=_draws(rows, seed))
        for _, rows in table.group_by("language", maintain_order=True)
    ]
    if not parts:
        return table.select(*FACT, "language", held_out=pl.lit(False))
    drawn = pl.concat(parts).with_columns(open=pl.col("languages") > 1)
    wanted = (pl.col("open").sum().over("language") * share).round().cast(pl.Int64)
    place = pl.col("draw").rank("ordinal").over("language", "open")
    chosen = drawn.with_columns(held_out=pl.col("open") & (place <= wanted)).with_columns(
        everywhere=pl.col("held_out").all().over(FACT),
        last=pl.col("draw") == pl.col("draw").max().over(FACT),
    )
    kept = pl.col("held_out") & ~(pl.col("everywhere") & pl.col("last"))
    return chosen.select(*FACT, "language", held_out=kept).sort(*FACT, "language")


def sampled(table: pl.DataFrame, per_language: int, seed: int) -> pl.DataFrame:
    """At most *per_language* rows of each language, drawn so that no relation drowns the others.

    Every relation gives a row before any gives its second, and so on.

    Args:
        table: ``subject``, ``relation``, ``object``, ``language``, and what else goes with them.
        per_language: how many rows of a language are kept.
        seed: decides which.

    Returns:
        Rows of *table*, sorted.
    """
    ordered = table.sort("language", *FACT)
    parts = [
        rows.with_columns(draw=_draws(rows, seed))
        for _, rows in ordered.group_by("language", maintain_order=True)
    ]
    if not parts:
        return table
    return (
        pl.concat(parts)
        .with_columns(turn=pl.col("draw").rank("ordinal").over("language", "relation"))
        .sort("language", "turn", "draw")
        .group_by("language", maintain_order=True)
        .head(per_language)
        .sort(*FACT, "language")
        .select(table.columns)
    )


def _draws(rows: pl.DataFrame, seed: int) -> pl.Series:
    """A number for each row of one language, no number twice."""
    language = rows["language"][0].encode()
    return pl.Series("draw", np.random.default_rng([seed, *language]).permutation(rows.height))
