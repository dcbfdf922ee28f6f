"""The record that the aligner gives: links with a probability, and the evidence behind each."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kgalign.kg.ntriples import nodes

LINK_COLUMNS = ("source", "target", "probability", "status", "method", "source_label", "target_label")
GRAPH_COLUMNS = ("source_graph", "target_graph")
# Methods of links that were known from outside.
ANCHORED = ("confirmed", "seed", "same-iri")
OWL_SAME_AS = "http://www.w3.org/2002/07/owl#sameAs"


@dataclass(frozen=True)
class Links:
    """Links between two graphs.

    Attributes:
        table: one row per link, best first: ``source`` and ``target`` (IRIs), ``probability``,
            ``status`` (``accepted``, ``uncertain``), ``method`` (``confirmed`` by a person,
            ``seed``, ``same-iri``, ``aligned``; of more than two graphs also ``joined``), ``source_label``,
            ``target_label``, a column per signal, and those that explain the link (see
            :mod:`kgalign.align.explanation`).
    """

    table: pl.DataFrame

    @property
    def accepted(self) -> pl.DataFrame:
        """The links to load."""
        return self.table.filter(pl.col("status") == "accepted")

    @property
    def uncertain(self) -> pl.DataFrame:
        """The pairs that a person should look at."""
        return self.table.filter(pl.col("status") == "uncertain")

    def ntriples(self, predicate: str = OWL_SAME_AS) -> str:
        """The accepted links between named entities as N-Triples."""
        return ntriples(self.accepted, predicate)


def ntriples(links: pl.DataFrame, predicate: str) -> str:
    """Those of *links* that are between named entities as N-Triples."""
    rows = named(links)
    ends = {side: nodes(rows[side]) for side in ("source", "target")}
    lines = pl.DataFrame(ends).select(
        pl.format("{} {} {} .", "source", pl.lit(f"<{predicate}>"), "target").alias("line")
    )
    return "".join(line + "\n" for line in lines["line"].to_list())


def named(links: pl.DataFrame) -> pl.DataFrame:
    """Links without blank nodes, whose names mean nothing outside their file."""
    return links.filter(~(pl.col("source").str.starts_with("_:") | pl.col("target").str.starts_with("_:")))
