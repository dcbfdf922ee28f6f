"""How entities and relations are called in a prompt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from kgalign.align.signals.texts import readable_names
from kgalign.kg import IRI_ORIGIN, KnowledgeGraph

MOST_NAMES = 3
UNSPEAKING = "related to"
_ENGLISH = "en"
_NAMES = pl.Schema({"entity": pl.UInt32(), "text": pl.String(), "language": pl.String(), "kind": pl.Int32()})
_OPAQUE = re.compile(r"[A-Za-z]?\d+")
_HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


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
        helpful = (main_language(self.graph), _ENGLISH, *self.languages)
        ranks = {tag: rank for rank, tag in reversed(list(enumerate(helpful)))}
        first_of_language = pl.int_range(pl.len()).over("entity", "base") == 0
        return (
            self._all_names()
            .with_columns(
                pl.col("text").str.replace_all(r"\s+", " ").str.strip_chars(), base=_base_language()
            )
            .filter(pl.col("text") != "")
            .sort("entity", "kind", "order")
            .with_columns(
                rank=pl.when(first_of_language)
                .then(pl.col("base").replace_strict(ranks, default=len(ranks), return_dtype=pl.Int64))
                .otherwise(len(ranks) + 1),
                folded=folded(pl.col("text")),
            )
            .sort("entity", "rank", "kind", "order")
            .unique(["entity", "folded"], keep="first", maintain_order=True)
            .select("entity", "text", "folded", english=pl.col("base") == _ENGLISH)
        )

    def _all_names(self) -> pl.DataFrame:
        """``entity``, ``text``, ``language``, and ``kind`` and ``order`` to sort by.

        Preferred labels come first, then further ones, those from outside, and readable IRIs.
        """
        labels = self.graph.labels
        from_iri = pl.col("origin") == IRI_ORIGIN
        parts = [
            labels.filter(~from_iri).with_columns(kind=pl.when("preferred").then(0).otherwise(1)),
            *([] if self.extra is None else [self.extra.with_columns(kind=pl.lit(2))]),
            readable_names(labels.filter(from_iri)).with_columns(kind=pl.lit(3)),
        ]
        return pl.concat([part.select(_NAMES.names()).cast(_NAMES) for part in parts]).with_row_index("order")

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
        """``entity`` and ``label``: the best name of each named entity, and an English one if it isn't."""
        english = pl.col("text").filter("english").first()
        other = pl.when(~pl.col("english").first()).then(english)
        return self.entities.group_by("entity", maintain_order=True).agg(
            label=pl.concat_str(pl.col("text").first(), other, separator=" / ", ignore_nulls=True)
        )

    @cached_property
    def relations(self) -> list[str]:
        """Each relation in words, in the order of a neighbourhood's numbers: inverse ones come last."""
        names = self._relation_labels()
        return [*names, *map(_inverse, names)]

    def _relation_labels(self) -> list[str]:
        own = main_language(self.graph)
        best = (
            self.graph.relation_labels.with_row_index("order")
            .sort(
                _base_language() != _ENGLISH,
                _base_language() != own,
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
    return next(iter(_language_counts(graph)), "")


def languages(graph: KnowledgeGraph) -> tuple[str, ...]:
    """The languages of *graph*'s names, without their region, the commonest first."""
    return tuple(filter(None, _language_counts(graph)))


def _language_counts(graph: KnowledgeGraph) -> list[str]:
    """The languages of *graph*'s names, "" for none, the commonest first."""
    counted = graph.labels.group_by(base=_base_language()).len()
    return counted.sort(["len", "base"], descending=[True, False])["base"].to_list()


def _base_language() -> pl.Expr:
    """The column ``language`` without regions and scripts, "" where it is null."""
    return pl.col("language").fill_null("").str.to_lowercase().str.split("-").list.first()


def _worded(text: str | None, from_iri: bool | None) -> str:
    if text is None or _OPAQUE.fullmatch(text):
        return UNSPEAKING
    return _HUMP.sub(" ", text).lower() if from_iri and _HUMP.search(text) else text


def _inverse(name: str) -> str:
    return name if name == UNSPEAKING else f"is “{name}” of"
