"""Entities that nothing is to be learnt about, because they are asked about later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from kgalign.adapters.label_table import Ids
from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph


def read_name_pairs(path: Path) -> pl.DataFrame:
    """Pairs of names, one a line, separated by a tab.

    Returns:
        Columns ``first`` and ``second``.

    Raises:
        InputError: naming file and line, where a line is no pair.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise InputError("there is no such file", path=path, remedy="check --leave-out") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("can't be read as UTF-8 text", path=path, remedy="check --leave-out") from error
    pairs = []
    for number, line in enumerate(lines, 1):
        parts = line.split("\t")
        if len(parts) != 2 and line.strip():
            raise InputError(
                "a line is two names with a tab between them", path=path, line=number, remedy="mend the line"
            )
        if line.strip():
            pairs.append(parts)
    return pl.DataFrame(pairs, schema={"first": pl.String, "second": pl.String}, orient="row")


def entities_named(graph: KnowledgeGraph, pairs: pl.DataFrame) -> Ids:
    """The entities that have both names of a pair, in whatever languages; case doesn't count.

    Args:
        graph: its labels are looked at.
        pairs: see :func:`read_name_pairs`.
    """
    names = graph.labels.lazy().select("entity", text=_plain("text")).unique()
    wanted = pairs.lazy().select(_plain("first"), _plain("second")).with_row_index("pair")
    first = names.join(wanted.select("pair", text="first"), on="text").select("entity", "pair")
    second = names.join(wanted.select("pair", text="second"), on="text").select("entity", "pair")
    found = first.join(second, on=["entity", "pair"]).select("entity").unique().sort("entity").collect()
    return found["entity"].cast(pl.Int64).to_numpy().astype(np.int64)


def _plain(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().str.to_lowercase()
