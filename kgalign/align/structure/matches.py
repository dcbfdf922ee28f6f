"""Matches of neighbours: entities that are taken for the same, and values that are equal or near."""

from __future__ import annotations

import polars as pl


def by_fan_out(matches: pl.DataFrame, source: str, target: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part *matches* by the end from which they are to be followed, that with fewer matches.

    A year matches each of its days and a day one year: joined from the year, each of its entities
    would meet hundreds of days. Coming from the days, each meets one year.

    Args:
        matches: the matches.
        source: the column of one end.
        target: the column of the other.

    Returns:
        The matches to follow from *source*, and those to follow from *target*.
    """
    fewer = pl.len().over(source) <= pl.len().over(target)
    return matches.filter(fewer), matches.filter(~fewer)


def has_several(matches: pl.DataFrame) -> bool:
    """Whether a neighbour has more than one match."""
    return bool(matches["source"].is_duplicated().any() or matches["target"].is_duplicated().any())
