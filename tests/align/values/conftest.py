"""Literals as tables: what most tests of values start from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import pytest

ATTRIBUTES_SCHEMA = pl.Schema(
    {
        "entity": pl.UInt32,
        "attribute": pl.UInt32,
        "value": pl.String,
        "language": pl.String,
        "datatype": pl.String,
    }
)
PREFIXES = {
    "xsd:": "http://www.w3.org/2001/XMLSchema#",
    "dbt:": "http://dbpedia.org/datatype/",
    "geo:": "http://www.opengis.net/ont/geosparql#",
}

MakeAttributes = Callable[[Sequence[str]], pl.DataFrame]


def literal(written: str) -> tuple[str, str | None, str | None]:
    """``12^^dbt:kilometre``, ``1,5@de`` or a plain text, as value, language and datatype."""
    value, marked, datatype = written.rpartition("^^")
    if marked:
        for prefix, namespace in PREFIXES.items():
            datatype = datatype.replace(prefix, namespace)
        return value, None, datatype
    value, marked, language = written.rpartition("@")
    return (value, language, None) if marked else (written, None, None)


@pytest.fixture(scope="session")
def attributes() -> MakeAttributes:
    """A graph's attributes, one entity per literal given and all by attribute 0."""

    def make(written: Sequence[str]) -> pl.DataFrame:
        rows = [(number, 0, *literal(text)) for number, text in enumerate(written)]
        return pl.DataFrame(rows, schema=ATTRIBUTES_SCHEMA, orient="row")

    return make
