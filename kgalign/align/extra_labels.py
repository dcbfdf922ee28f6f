"""Names from outside the graphs, such as translations: ``IRI <tab> text [<tab> language]``."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kgalign.align.text_files import read_lines
from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph, canonical_tag


def read_labels(path: str | Path) -> pl.DataFrame:
    """Read further names of entities.

    Returns:
        ``iri``, ``text``, ``language`` (null where the file names none).

    Raises:
        InputError: if the file is missing, not UTF-8, or has a line without a text.
    """
    place = Path(path)
    rows = read_lines(place).with_columns(fields=pl.col("text").str.split("\t"))
    wrong = rows.filter(pl.col("fields").list.len() < 2)
    if wrong.height:
        raise InputError(
            "a line needs an IRI and a text, separated by a tab",
            path=place,
            line=int(wrong["line"][0]),
            remedy="mend or remove the line",
        )
    if rows.height == 0:
        raise InputError("no label found", path=place, remedy="give lines of IRI, tab, text")
    labels = rows.select(
        pl.col("fields").list.get(0).str.strip_chars(" <>").alias("iri"),
        pl.col("fields").list.get(1).alias("text"),
        pl.col("fields").list.get(2, null_on_oob=True).alias("language"),
    )
    tags = {tag: canonical_tag(tag) for tag in labels["language"].drop_nulls().unique().to_list() if tag}
    return labels.with_columns(pl.col("language").replace_strict(tags, default=None, return_dtype=pl.String))


def labels_of(graph: KnowledgeGraph, labels: pl.DataFrame) -> pl.DataFrame:
    """Those of *labels* whose IRI is in *graph*: ``entity`` u32, ``text``, ``language``."""
    return labels.join(graph.entities, on="iri", how="inner", maintain_order="left").select(
        pl.col("id").alias("entity"), "text", "language"
    )
