"""Reading the files of other commands; what is wrong with one is told in a sentence."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from kgalign.errors import InputError


def read_table(path: Path, schema: Mapping[str, Any], remedy: str) -> pl.DataFrame:
    """The columns of *schema*, cast to its types, from a Parquet file.

    Raises:
        InputError: with *remedy*, if it is missing or lacks a column.
    """
    try:
        table = pl.read_parquet(path, glob=False)
        return table.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    except FileNotFoundError:
        raise InputError("there is no such file", path=path, remedy=remedy) from None
    except (pl.exceptions.PolarsError, OSError):
        names = ", ".join(schema)
        raise InputError(f"not a table with the columns {names}", path=path, remedy=remedy) from None


def read_summary(path: Path, remedy: str) -> dict[str, Any]:
    """The object in a ``summary.json``; empty where there is no such file.

    Raises:
        InputError: with *remedy*, if it isn't one JSON object.
    """
    try:
        summary = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        summary = None
    if not isinstance(summary, dict):
        raise InputError("not a summary", path=path, remedy=remedy)
    return summary


def read_configuration(path: Path, remedy: str) -> dict[str, Any]:
    """The tables of a ``config.toml``; empty where there is no such file.

    Raises:
        InputError: with *remedy*, if it is no TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise InputError("no valid TOML", path=path, remedy=remedy) from None
