"""How entities and relations are called in a prompt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from kgalign.align.signals.texts import entity_texts
from kgalign.kg import IRI_ORIGIN, KnowledgeGraph

MOST_NAMES = 3
UNSPEAKING = "related to"
_ENGLISH = "en"
_NAMES_LOOKED_AT = 16
_OPAQUE = re.compile(r"[A-Za-z]?\d+")
_HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# What a relation ends or begins with that is a verb rather than what the object is of the subject.
_VERBAL = re.compile(r"(is|are|was|were|has|have|had)\b.*|.*\b(by|in|of|to|at|from|on|for|with|as)")


@dataclass(frozen=True)
class GraphNames:
    """Names of one graph's entities and relations, the most useful first.

    Attributes:
        graph: the graph.
        extra: further names: ``entity`` u32, ``text``, ``language``; None if there are none.
        languages: languages that the reader should see, best first; the graph's own stands before
            them and all others after them.
    """

    graph: KnowledgeGraph
    extra: pl.DataFrame | None
    languages: tuple[str, ...]

    @cached_property
    def entities(self) -> pl.DataFrame:
        """Names of each named entity, best first: ``entity``, ``text``, ``folded``, ``english``.

        One in the graph's own language comes first, then one in English and one in each other
        language asked for, then the rest. A name that merely repeats another's letters is left out.
        """
        own = main_language(self.graph)
        ranks = {tag: rank for rank, tag in reversed(list(enumerate((own, _ENGLISH, *self.languages))))}
        rows = entity_texts(self.graph, self.extra, _NAMES_LOOKED_AT).rows
        base = pl.col("language").str.split("-").list.first()
        first_of_language = pl.int_range(pl.len()).over("entity", "base") == 0
        return (
            rows.with_columns(base=base, order=pl.int_range(pl.len()))
            .with_columns(
                rank=pl.when(first_of_language)
                .then(pl.col("base").replace_strict(ranks, default=len(ranks), return_dtype=pl.Int64))
                .otherwise(len(ranks) + 1)
            )
            .sort("entity", "rank", "order")
            .with_columns(folded=folded(pl.col("text")))
            .unique(["entity", "folded"], keep="first", maintain_order=True)
            .select("entity", "text", "folded", english=pl.col("base") == _ENGLISH)
        )

    @cached_property
    def lists(self) -> pl.DataFrame:
        """``entity`` and ``names``: at most :data:`MOST_NAMES` of each named entity."""
        return (
            self.entities.group_by("entity", maintain_order=True)
            .head(MOST_NAMES)
            .group_by("entity", maintain_order=True)
            .agg(names="text")
        )

    @cached_property
    def labels(self) -> pl.DataFrame:
        """``entity`` and ``label`` of each named entity, and ``english``: where another name is English."""
        return self.entities.group_by("entity", maintain_order=True).agg(
            label=pl.col("text").first(),
            english=pl.col("text").slice(1).filter(pl.col("english").slice(1)).first(),
        )

    @cached_property
    def relations(self) -> list[str]:
        """Each relation in words, in the order of a neighbourhood's numbers: inverse ones come last."""
        names = self._relation_labels()
        return [*names, *map(_inverse, names)]

    def _relation_labels(self) -> list[str]:
        own = main_language(self.graph)
        base = pl.col("language").fill_null("").str.split("-").list.first()
        best = (
            self.graph.relation_labels.with_row_index("order")
            .sort(
                base != _ENGLISH,
                base != own,
                pl.col("origin") == IRI_ORIGIN,
                ~pl.col("preferred"),
                "order",
            )
            .unique("relation", keep="first", maintain_order=True)
            .select("relation", "text", from_iri=pl.col("origin") == IRI_ORIGIN)
        )
        rows = self.graph.relations.select(pl.col("id").alias("relation")).join(
            best, on="relation", how="left", maintain_order="left"
        )
        return [_worded(text, from_iri) for _, text, from_iri in rows.iter_rows()]


def folded(text: pl.Expr) -> pl.Expr:
    """*text* as it is compared: without regard to case and width."""
    return text.str.normalize("NFKC").str.to_lowercase()


def main_language(graph: KnowledgeGraph) -> str:
    """The language of most of *graph*'s names, without its region; "" where most state none."""
    counted = (
        graph.labels.select(
            base=pl.col("language").fill_null("").str.to_lowercase().str.split("-").list.first()
        )
        .group_by("base")
        .len()
        .sort(["len", "base"], descending=[True, False])
    )
    return str(counted["base"][0]) if counted.height else ""


def languages(graph: KnowledgeGraph) -> tuple[str, ...]:
    """The languages of *graph*'s names, without their region, the commonest first."""
    counted = (
        graph.labels.drop_nulls("language")
        .select(base=pl.col("language").str.to_lowercase().str.split("-").list.first())
        .group_by("base")
        .len()
        .sort(["len", "base"], descending=[True, False])
    )
    return tuple(counted["base"].to_list())


def _worded(text: str | None, from_iri: bool | None) -> str:
    if text is None or _OPAQUE.fullmatch(text):
        return UNSPEAKING
    return _HUMP.sub(" ", text).lower() if from_iri and _HUMP.search(text) else text


def _inverse(name: str) -> str:
    if name == UNSPEAKING:
        return name
    return f"reverse of “{name}”" if _VERBAL.fullmatch(name) else f"is {name} of"
