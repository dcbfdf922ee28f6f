"""Names from outside the graphs, such as translations: ``IRI <tab> text [<tab> language]``."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph, canonical_tag

LABEL_SCHEMA = pl.Schema({"iri": pl.String, "text": pl.String, "language": pl.String})


def read_labels(path: str | Path) -> pl.DataFrame:
    """Read further names of entities.

    Returns:
        ``iri``, ``text``, ``language`` (null where the file names none).

    Raises:
        InputError: if the file is missing, not UTF-8, or has a line without a text.
    """
    place = Path(path)
    try:
        text = place.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            "there is no such file", path=place, remedy="check the name of the label file"
        ) from None
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", path=place) from None
    except UnicodeDecodeError as error:
        line = place.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError("not UTF-8", path=place, line=line, remedy="convert the file to UTF-8") from None
    lines = pl.DataFrame({"row": text.split("\n")}, schema={"row": pl.String}).with_row_index(
        "line", offset=1
    )
    rows = lines.filter(pl.col("row").str.strip_chars() != "").with_columns(
        fields=pl.col("row").str.strip_chars_end("\r").str.split("\t")
    )
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
