"""The literals to be read: each once, cleaned, with what its datatype and language say of it."""

from __future__ import annotations

import polars as pl

from kgalign.align.values.cleaning import cleaned

XSD = "http://www.w3.org/2001/XMLSchema#"
_LONGEST = 512
_NUMBERS = (
    "decimal", "double", "float", "integer", "int", "long", "short", "byte", "nonNegativeInteger",
    "positiveInteger", "nonPositiveInteger", "negativeInteger", "unsignedInt", "unsignedLong",
    "unsignedShort", "unsignedByte",
)  # fmt: skip
_DATES = ("date", "dateTime", "dateTimeStamp", "gYearMonth")
# What these say isn't compared but as text: a day of every year, a time of every day, a length of time.
_OTHERS = (
    "time", "duration", "dayTimeDuration", "yearMonthDuration", "gMonth", "gDay", "gMonthDay",
    "base64Binary", "hexBinary",
)  # fmt: skip


def literals(attributes: pl.DataFrame) -> pl.DataFrame:
    """The distinct literals of *attributes*, in an order that depends on nothing but themselves.

    Args:
        attributes: ``value``, ``language``, ``datatype``.

    Returns:
        ``literal`` (0-based), the three columns, ``text`` (cleaned, cut to a length that tells values
        apart), ``tongue`` (the language without its region, "" if unknown) and ``stated``: what the
        datatype makes of the literal: ``number``, ``date``, ``year``, ``boolean``, ``address``, ``text``
        (whatever it looks like), or ``""`` (it has to be looked at).
    """
    columns = ["value", "language", "datatype"]
    return (
        attributes.select(columns)
        .unique()
        .sort(columns)
        .with_row_index("literal")
        .with_columns(
            text=cleaned(pl.col("value").str.slice(0, _LONGEST)),
            tongue=pl.col("language").fill_null("").str.to_lowercase().str.extract(r"^([a-z]{2,3})(?:-|$)"),
            stated=_stated(pl.col("datatype")),
        )
        .with_columns(pl.col("tongue").fill_null(""))
    )


def languages_beyond(literals: pl.DataFrame, known: tuple[str, ...]) -> tuple[str, ...]:
    """The languages of *literals* that aren't *known*, in order."""
    return tuple(sorted(set(literals["tongue"].unique()) - {"", *known}))


def _stated(datatype: pl.Expr) -> pl.Expr:
    local = datatype.str.strip_prefix(XSD)
    kinds = {
        **dict.fromkeys(_NUMBERS, "number"),
        **dict.fromkeys(_DATES, "date"),
        **dict.fromkeys(_OTHERS, "text"),
        "gYear": "year",
        "boolean": "boolean",
        "anyURI": "address",
    }
    return (
        pl.when(datatype.str.starts_with(XSD))
        .then(local.replace_strict(kinds, default=""))
        .otherwise(pl.lit(""))
        .fill_null("")
    )
