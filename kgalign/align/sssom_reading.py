"""Reading links from SSSOM TSV or CSV, kgalign's own or anybody's."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl
import yaml

from kgalign.align.iris import ascii_iri, expanded
from kgalign.align.predicates import NO_EQUIVALENCE, OWL_DIFFERENT_FROM, PREFIXES
from kgalign.align.sssom import JUSTIFICATIONS, METHODS
from kgalign.errors import InputError

_COLUMNS = (
    "subject_id",
    "object_id",
    "subject_label",
    "object_label",
    "predicate_id",
    "predicate_modifier",
    "mapping_justification",
    "confidence",
    "other",
)
_NO_TERM = PREFIXES["sssom"] + "NoTermFound"
# Names in the column ``other``, and the columns of links that they make exact.
_EXACT = {
    "subject_iri": "source",
    "object_iri": "target",
    "subject_label": "source_label",
    "object_label": "target_label",
}


def read_csv(content: bytes, separator: str, path: Path, skipped: int) -> pl.DataFrame:
    """A table with a header, all columns as text; an empty field is null.

    Args:
        content: the bytes of the table, after *skipped* lines of the file.
        separator: of its fields, which may be quoted (RFC 4180).
        path: the file, for errors.
        skipped: number of lines before.

    Returns:
        The columns of the header and ``line``: the line of each row, exact as far as no field before
        it holds a line end.

    Raises:
        InputError: if it is no such table.
    """
    try:
        table = pl.read_csv(
            io.BytesIO(content), separator=separator, infer_schema=False, truncate_ragged_lines=True
        )
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(f"no valid table ({reason})", path=path, remedy="mend the file") from None
    return table.with_row_index("line", offset=skipped + 2).with_columns(pl.col("line").cast(pl.UInt32))


def read_sssom(table: pl.DataFrame, metadata: str, path: Path) -> pl.DataFrame:
    """The links in an SSSOM table.

    Args:
        table: see :func:`read_csv`.
        metadata: the YAML before it.
        path: the file, for errors.

    Returns:
        ``source``, ``target``, ``predicate``, ``probability``, ``status``, ``method``,
        ``source_label``, ``target_label`` and ``line``. A negated equivalence is owl:differentFrom; other
        negated mappings, and terms without a counterpart, are left out.

    Raises:
        InputError: if a row lacks an id or its confidence is no number.
    """
    absent = [pl.lit(None, pl.String).alias(name) for name in _COLUMNS if name not in table.columns]
    rows = table.with_columns(absent)
    prefixes = PREFIXES | prefixes_of(metadata)
    links = rows.select(
        source=expanded(pl.col("subject_id").str.strip_chars(" <>"), prefixes),
        target=expanded(pl.col("object_id").str.strip_chars(" <>"), prefixes),
        predicate=expanded(pl.col("predicate_id"), prefixes),
        probability=pl.col("confidence").str.strip_chars().cast(pl.Float64, strict=False),
        status=pl.lit("accepted"),
        method=pl.col("mapping_justification").replace_strict(
            METHODS, default=pl.col("mapping_justification")
        ),
        source_label="subject_label",
        target_label="object_label",
        line="line",
        subject_id="subject_id",
        object_id="object_id",
        negated=pl.col("predicate_modifier").fill_null("") == "Not",
        other="other",
        unread=pl.col("confidence").is_not_null()
        & pl.col("confidence").str.strip_chars().cast(pl.Float64, strict=False).is_null(),
    )
    _check(links, path)
    equivalence = ~pl.col("predicate").is_in(NO_EQUIVALENCE).fill_null(False)
    return (
        _exact(links)
        .filter((pl.col("source") != _NO_TERM) & (pl.col("target") != _NO_TERM))
        .filter(~pl.col("negated") | equivalence)
        .with_columns(predicate=pl.when("negated").then(pl.lit(OWL_DIFFERENT_FROM)).otherwise("predicate"))
        .drop("subject_id", "object_id", "negated", "other", "unread")
    )


def prefixes_of(metadata: str) -> dict[str, str]:
    """The prefixes that the YAML before an SSSOM table declares."""
    try:
        parsed = yaml.safe_load(metadata)
    except yaml.YAMLError:
        return {}
    if not isinstance(parsed, dict) or not isinstance(parsed.get("curie_map"), dict):
        return {}
    return {str(name): str(iri) for name, iri in parsed["curie_map"].items()}


def _check(links: pl.DataFrame, path: Path) -> None:
    for wrong, problem in (
        (pl.col("source").is_null() | pl.col("target").is_null(), "a mapping needs a subject and an object"),
        (pl.col("unread"), "the confidence is no number"),
    ):
        found = links.filter(wrong)
        if found.height:
            line = int(found["line"][0])
            raise InputError(problem, path=path, line=line, remedy="mend or remove the line")


def _exact(links: pl.DataFrame) -> pl.DataFrame:
    """*links* as they were before :func:`~kgalign.align.sssom.sssom_of` fitted them to the columns.

    What ``other`` says counts only while it agrees with the columns, which somebody may have edited.
    """
    noted = links.with_row_index("row").filter(pl.col("other").is_not_null())
    changes: dict[str, dict[int, str]] = {name: {} for name in (*_EXACT.values(), "method", "status")}
    for row in noted.iter_rows(named=True):
        for name, value in _fields(row["other"]).items():
            column = _EXACT.get(name, name)
            if column in changes and _agrees(name, value, row):
                changes[column][row["row"]] = value
    columns = []
    for name, values in changes.items():
        rows = pl.Series(list(values), dtype=pl.UInt32)
        columns.append(links[name].scatter(rows, pl.Series(list(values.values()), dtype=pl.String)))
    return links.with_columns(columns)


def _fields(other: str) -> dict[str, str]:
    parts = (part.partition("=") for part in other.split("|"))
    return {name.strip(): unquote(value) for name, _, value in parts}


def _agrees(name: str, value: str, row: dict[str, Any]) -> bool:
    """Whether *value* is what the row's columns were made of."""
    if name in ("subject_iri", "object_iri"):
        side = name.removesuffix("_iri")
        return ascii_iri(value) in (row[f"{side}_id"], row[_EXACT[name]])
    if name in ("subject_label", "object_label"):
        return _letters(value) == _letters(row[_EXACT[name]] or "")
    if name == "method":
        return JUSTIFICATIONS.get(value) is not None and METHODS[JUSTIFICATIONS[value]] == row["method"]
    return name == "status" and value in ("accepted", "uncertain")


def _letters(text: str) -> list[str]:
    """*text* without spaces and control characters."""
    return [sign for sign in text if not (sign.isspace() or sign < " " or sign == "\x7f")]
