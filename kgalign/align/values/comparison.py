"""Comparing the values of two graphs, whatever the attributes that hold them are called."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kgalign.align.values.literals import literals
from kgalign.align.values.nearness import (
    equal_codes,
    near_coordinates,
    near_dates,
    near_quantities,
    near_texts,
)
from kgalign.align.values.rating import kept, with_crowd
from kgalign.align.values.readings import Readings, readings

STATED_SCHEMA = pl.Schema(
    {"entity": pl.UInt32, "attribute": pl.UInt32, "value": pl.UInt32, "text": pl.String}
)
_STATED = ["entity", "attribute", "value"]
MATCH_SCHEMA = pl.Schema({"source": pl.UInt32, "target": pl.UInt32, "weight": pl.Float64, "crowd": pl.UInt32})


@dataclass(frozen=True)
class ComparedValues:
    """The values of two graphs that match some value of the other.

    Attributes:
        first: ``entity``, ``attribute``, ``value`` (u32): the values of one graph, numbered densely from
            0; literals that state the same (1 km, 1000 m) are one value. ``text`` is the literal (the
            first in alphabetical order, if an entity states the value in several ways).
        second: likewise, of the other graph, with numbers of its own.
        matches: ``source`` (a value of the first), ``target`` (of the second), ``weight`` (1 for equal
            values, less for near ones) and ``crowd``: how many entities, in the graph where they are
            more, hold a value of the same attribute that matches as well; 1 where two values are
            simply the same, as then the holders of the value are all there is to count.
        first_values: number of values of the first graph.
        second_values: number of values of the second.
    """

    first: pl.DataFrame
    second: pl.DataFrame
    matches: pl.DataFrame
    first_values: int
    second_values: int


def compare_values(first: pl.DataFrame, second: pl.DataFrame) -> ComparedValues:
    """Match the values of two graphs by what they mean.

    Quantities are compared in SI units, dates as far as both state them, coordinates by distance,
    identifiers and addresses exactly but for their form, and texts by their spelling.

    Args:
        first: one graph's attributes: ``entity``, ``attribute``, ``value``, ``language``, ``datatype``.
        second: the other's.

    Returns:
        The values that take part in a match, and the matches, in an order that depends on nothing
        but the input; swapping the graphs swaps the sides.
    """
    distinct = literals(pl.concat([side.select("value", "language", "datatype") for side in (first, second)]))
    read = readings(distinct)
    stated = [_stated(side, distinct, read) for side in (first, second)]
    matches = _matches(read, stated[0], stated[1])
    numbered = [
        _numbered(side, matches[end].unique().sort())
        for side, end in zip(stated, ("source", "target"), strict=True)
    ]
    local = matches
    for end, (_, numbers) in zip(("source", "target"), numbered, strict=True):
        local = local.join(numbers.rename({"value": end}), on=end).drop(end).rename({"number": end})
    return ComparedValues(
        numbered[0][0],
        numbered[1][0],
        local.select(pl.col(name).cast(kind) for name, kind in MATCH_SCHEMA.items()).sort("source", "target"),
        numbered[0][1].height,
        numbered[1][1].height,
    )


def _stated(attributes: pl.DataFrame, distinct: pl.DataFrame, read: Readings) -> pl.DataFrame:
    """``entity``, ``attribute``, ``value``, ``text``: which entity states which value, and how."""
    keys = ["value", "language", "datatype"]
    return (
        attributes.join(distinct.select("literal", *keys), on=keys, nulls_equal=True)
        .select("entity", "attribute", "literal", text="value")
        .join(read.values, on="literal")
        .group_by(_STATED)
        .agg(pl.min("text"))
    )


def _matches(read: Readings, first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """``source``, ``target`` (values as the readings number them), ``weight`` and ``crowd``."""
    own = [side.select("value").unique() for side in (first, second)]
    same = own[0].join(own[1], on="value").select(source="value", target="value", weight=1.0, crowd=1)
    near = {
        name: _distinct(find(*(table.join(values, on="value", how="semi") for values in own)))
        for name, find, table in (
            ("dates", near_dates, read.dates),
            ("quantities", near_quantities, read.quantities),
            ("coordinates", near_coordinates, read.coordinates),
            ("codes", equal_codes, read.codes),
            ("texts", near_texts, read.texts),
        )
    }
    holders = [side.group_by("attribute", "value").agg(holders=pl.len()) for side in (first, second)]
    rated = [
        with_crowd(pairs, *holders).join(
            kept(pairs, either=name == "dates"), on=["source", "target"], how="semi"
        )
        for name, pairs in near.items()
    ]
    columns = [pl.col(name).cast(kind) for name, kind in MATCH_SCHEMA.items()]
    return (
        pl.concat([same.select(columns), *(part.select(columns) for part in rated)])
        # A pair near in several ways counts by the best.
        .sort("source", "target", "weight", "crowd", descending=[False, False, True, False])
        .unique(["source", "target"], keep="first", maintain_order=True)
    )


def _distinct(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.group_by("source", "target").agg(pl.max("weight")).sort("source", "target")


def _numbered(stated: pl.DataFrame, used: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What entities state of the values *used*, by new numbers; and these numbers."""
    numbers = used.alias("value").to_frame().with_row_index("number")
    table = (
        stated.join(numbers, on="value")
        .select("entity", "attribute", value="number", text="text")
        .cast(STATED_SCHEMA)
        .sort(_STATED)
    )
    return table, numbers
