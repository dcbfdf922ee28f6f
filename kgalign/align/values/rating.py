"""How much a near match says: which pairs are kept, and how many entities match as well."""

from __future__ import annotations

import polars as pl

# Each value keeps this many matches in the other graph at most, unless it is the vaguer of the two.
MOST_MATCHES = 8


def kept(pairs: pl.DataFrame, *, either: bool) -> pl.DataFrame:
    """The best of *pairs*, distinct ones with ``source``, ``target`` and ``weight``.

    Args:
        pairs: the matches.
        either: keep what is among the best of one of the two values, instead of both. Where one value
            includes many (a year its days), each of these has few matches and the year may have many.

    Returns:
        The pairs kept, sorted.
    """
    ranked = pairs.sort("source", "target").with_columns(
        of_source=_rank("source", "target"), of_target=_rank("target", "source")
    )
    good = [pl.col(column) <= MOST_MATCHES for column in ("of_source", "of_target")]
    return ranked.filter(good[0] | good[1] if either else good[0] & good[1]).select(pairs.columns)


def with_crowd(pairs: pl.DataFrame, first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """*pairs* with ``crowd``: how many entities hold a value that matches at least as well.

    A match of x's value with y's has as rivals the entities whose value, by an attribute that holds y's
    value, is as near to x's; and those whose value is as near to y's. The larger number counts, and
    where several attributes hold a value, the one with the most rivals.

    Args:
        pairs: all matches found, before any is dropped: ``source``, ``target``, ``weight``.
        first: ``attribute``, ``value``, ``holders``: of one graph's values, how many entities hold them.
        second: likewise.
    """
    sides = (
        _rivals(pairs, second, "source", "target"),
        _rivals(pairs, first, "target", "source"),
    )
    return (
        pairs.join(sides[0], on=["source", "target"])
        .join(sides[1], on=["source", "target"], suffix="_other")
        .select(*pairs.columns, crowd=pl.max_horizontal("rivals", "rivals_other").cast(pl.UInt32))
    )


def _rank(own: str, other: str) -> pl.Expr:
    return pl.struct(-pl.col("weight"), pl.col(other)).rank("ordinal").over(own)


def _rivals(pairs: pl.DataFrame, holders: pl.DataFrame, own: str, other: str) -> pl.DataFrame:
    """How many entities hold, by an attribute of *other*'s value, one that is as near to *own*'s."""
    group = [own, "attribute"]
    return (
        pairs.join(holders.rename({"value": other}), on=other)
        .group_by(*group, "weight")
        .agg(pl.col(other), held=pl.sum("holders"))
        .sort(*group, "weight", descending=[False, False, True])
        .with_columns(rivals=pl.col("held").cum_sum().over(group))
        .explode(other)
        .group_by("source", "target")
        .agg(pl.max("rivals"))
    )
