"""Pairs of values that are equal or near by one of their readings, found without comparing all with all.

Every function takes the readings of the values of two graphs and gives ``source``, ``target`` (numbers
of values) and ``weight``. Searches look at the few closest values on either side, so a value's list is
complete as far as it goes, and swapping the graphs swaps the columns and changes nothing else.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from sparse_dot_topn import sp_matmul_topn

from kgalign.align.candidates import Ids
from kgalign.align.signals.spelling import products, weighted_grams, without_frequent

# The closest values that a search looks at, for each value of either graph.
SEARCHED = 16

# What is left of the weight where a difference is as large as can be; equal values have 1.
_LEAST_NEARNESS = 0.25
# Largest relative difference of near quantities.
_TOLERANCE = 0.02
# A quantity beside one whose unit isn't stated.
_UNIT_UNKNOWN = 0.8
_FARTHEST_KILOMETRES = 20.0
_EARTH_RADIUS_KILOMETRES = 6371.0088
_LEAST_SIMILARITY = 0.6
# Texts of one sound and different letters are at most this near.
_MOST_SIMILARITY = 0.99
# N-grams that more texts have find no near texts, which bounds the work per text.
_FREQUENT_GRAM = 1000
# A date beside one that states the same month, or the same year, and no more.
_SAME_MONTH = 0.75
_SAME_YEAR = 0.6
_DATE_PARTS = ["year", "month", "day"]

PAIRS_SCHEMA = pl.Schema({"source": pl.UInt32, "target": pl.UInt32, "weight": pl.Float64})


def equal_codes(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Pairs with one ``code``."""
    return (
        first.rename({"value": "source"})
        .join(second.rename({"value": "target"}), on="code")
        .select("source", "target", weight=pl.lit(1.0))
    )


def near_dates(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Pairs of dates of which neither states what the other contradicts.

    Two that state the same say the same; otherwise the less precise one says how much they share.
    An ambiguous date (see :func:`~kgalign.align.values.dates.dates`) only has its year, and is
    compared with the dates that can be told.
    """
    sides = [_by_precision(side) for side in (first, second)]
    parts = []
    for precision, counter_precision in product((1, 2, 3), repeat=2):
        common = min(precision, counter_precision)
        of_common = 1.0 if precision == counter_precision else (_SAME_YEAR, _SAME_MONTH)[common - 1]
        unclear = pl.col("ambiguous") | pl.col("ambiguous_right")
        parts.append(
            sides[0]
            .filter(pl.col("precision") == precision)
            .join(sides[1].filter(pl.col("precision") == counter_precision), on=_DATE_PARTS[:common])
            .filter(~(pl.col("ambiguous") & pl.col("ambiguous_right")))
            .select(
                source="value",
                target="value_right",
                weight=pl.when(unclear).then(_SAME_YEAR).otherwise(of_common),
            )
        )
    return pl.concat(parts)


def _by_precision(side: pl.DataFrame) -> pl.DataFrame:
    precision = 1 + pl.col("month").is_not_null().cast(pl.Int8) + pl.col("day").is_not_null().cast(pl.Int8)
    return side.with_columns(precision=precision)


def near_quantities(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Pairs of amounts of one dimension and sign that differ by a small part of them.

    An amount without a unit is compared with those of any dimension, in SI units and as written.
    """
    sides = [_scaled(side) for side in (first, second)]
    groups = (
        pl.concat([side.select("dimension", "positive") for side in sides])
        .unique()
        .sort("dimension", "positive")
        .with_row_index("group")
    )
    sides = [side.join(groups, on=["dimension", "positive"]).sort("group", "size", "value") for side in sides]
    lines = [(side["group"].to_numpy(), side["size"].to_numpy()) for side in sides]
    rows = _closest_on_lines(lines[0], lines[1], _TOLERANCE)
    one, other = (side[row] for side, row in zip(sides, rows, strict=True))
    difference = (one["size"] - other["size"]).abs()
    exact = one["exact"] | other["exact"]
    pairs = pl.DataFrame(
        {
            "source": one["value"],
            "target": other["value"],
            "difference": difference,
            "allowed": pl.select(pl.when(exact).then(0.0).otherwise(_TOLERANCE)).to_series(),
            "implied": one["implied"].cast(pl.Int8) + other["implied"].cast(pl.Int8),
        }
    )
    known = pl.when(pl.col("implied") == 1).then(_UNIT_UNKNOWN).otherwise(1.0)
    return pairs.filter((pl.col("difference") <= pl.col("allowed")) & (pl.col("implied") < 2)).select(
        "source", "target", weight=known * _nearness(pl.col("difference") / _TOLERANCE)
    )


def _scaled(side: pl.DataFrame) -> pl.DataFrame:
    """Amounts by the logarithm of their size, in which a relative difference is a distance."""
    size = pl.col("amount").abs()
    return side.filter(pl.col("amount") != 0).select(
        "value", "dimension", "implied", "exact", positive=pl.col("amount") > 0, size=size.log()
    )


def _closest_on_lines(
    first: tuple[NDArray[np.uint32], NDArray[np.float64]],
    second: tuple[NDArray[np.uint32], NDArray[np.float64]],
    most: float,
) -> tuple[Ids, Ids]:
    """For each place on one of several lines, the closest places of the other set to its left and right.

    Args:
        first: the line and the place on it, sorted.
        second: likewise.
        most: the largest distance.

    Returns:
        Row numbers of *first* and *second*: distinct pairs on the same line.
    """
    keys = []
    for turned, (own, other) in enumerate(((first, second), (second, first))):
        at = _insertion(own, other)
        around = at[:, None] + np.arange(-SEARCHED, SEARCHED)
        rows = np.broadcast_to(np.arange(len(at))[:, None], around.shape)
        inside = (around >= 0) & (around < len(other[0]))
        mine, theirs = rows[inside], around[inside]
        near = (own[0][mine] == other[0][theirs]) & (np.abs(own[1][mine] - other[1][theirs]) <= most)
        mine, theirs = mine[near], theirs[near]
        keys.append(theirs * len(own[0]) + mine if turned else mine * len(other[0]) + theirs)
    merged = pl.Series(np.concatenate(keys)).unique().sort().to_numpy()
    width = max(len(second[0]), 1)
    return merged // width, merged % width


def _insertion(
    own: tuple[NDArray[np.uint32], NDArray[np.float64]], other: tuple[NDArray[np.uint32], NDArray[np.float64]]
) -> Ids:
    """Where each of *own* would stand among *other*, both sorted by line and place."""
    lines = np.concatenate([other[0], own[0]])
    places = np.concatenate([other[1], own[1]])
    is_own = np.repeat([False, True], [len(other[0]), len(own[0])])
    # Of equal places the other's come after, so that they are looked at as the first to the right.
    order = np.lexsort((~is_own, places, lines))
    before = np.cumsum(~is_own[order])
    at = np.empty(len(own[0]), np.int64)
    at[order[is_own[order]] - len(other[0])] = before[is_own[order]]
    return at


def near_coordinates(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Pairs of places within some kilometres of each other."""
    if first.height == 0 or second.height == 0:
        return PAIRS_SCHEMA.to_frame()
    places = [_on_sphere(side) for side in (first, second)]
    parts = []
    for own in (0, 1):
        other = 1 - own
        count = min(SEARCHED, len(places[other]))
        distance, found = cKDTree(places[other]).query(
            places[own], k=[*range(1, count + 1)], distance_upper_bound=_chord(_FARTHEST_KILOMETRES)
        )
        row = np.repeat(np.arange(len(places[own])), count)[np.isfinite(distance).ravel()]
        near = found[np.isfinite(distance)]
        parts.append((row, near) if own == 0 else (near, row))
    rows = np.unique(np.concatenate([np.stack(part, axis=1) for part in parts]), axis=0)
    chord = np.sqrt(((places[0][rows[:, 0]] - places[1][rows[:, 1]]) ** 2).sum(axis=1))
    kilometres = 2 * _EARTH_RADIUS_KILOMETRES * np.arcsin(np.minimum(chord / 2, 1))
    return pl.DataFrame(
        {
            "source": first["value"][rows[:, 0]],
            "target": second["value"][rows[:, 1]],
            "part": np.minimum(kilometres / _FARTHEST_KILOMETRES, 1),
        }
    ).select("source", "target", weight=_nearness(pl.col("part")))


def _on_sphere(side: pl.DataFrame) -> NDArray[np.float64]:
    latitude, longitude = (np.radians(side[name].to_numpy()) for name in ("latitude", "longitude"))
    across = np.cos(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=1)


def _chord(kilometres: float) -> float:
    return float(2 * np.sin(kilometres / (2 * _EARTH_RADIUS_KILOMETRES)))


def near_texts(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Pairs of texts that are spelt nearly alike, whatever their script, and have the same digits."""
    if first.height == 0 or second.height == 0:
        return PAIRS_SCHEMA.to_frame()
    grams = weighted_grams([side["text"].to_list() for side in (first, second)])
    searched = without_frequent(grams, _FREQUENT_GRAM)
    parts = []
    for own in (0, 1):
        best = sp_matmul_topn(searched[own], searched[1 - own].T.tocsr(), top_n=SEARCHED, sort=True)
        row = np.repeat(np.arange(best.shape[0]), np.diff(best.indptr))
        parts.append(np.stack([row, best.indices] if own == 0 else [best.indices, row], axis=1))
    rows = np.unique(np.concatenate(parts).astype(np.int64), axis=0)
    likeness = products(grams[0], grams[1], rows[:, 0], rows[:, 1]).astype(np.float64)
    digits = pl.col("text").str.replace_all(r"\D", "")
    sides = [side.with_columns(digits=digits) for side in (first, second)]
    one, other = (side[row] for side, row in zip(sides, rows.T, strict=True))
    unlike = (1 - pl.col("likeness").clip(upper_bound=_MOST_SIMILARITY)) / (1 - _LEAST_SIMILARITY)
    return (
        pl.DataFrame(
            {
                "source": one["value"],
                "target": other["value"],
                "likeness": likeness,
                "comparable": one["digits"] == other["digits"],
            }
        )
        .filter(pl.col("comparable") & (pl.col("likeness") >= _LEAST_SIMILARITY))
        .select("source", "target", weight=_nearness(unlike))
    )


def _nearness(part: pl.Expr) -> pl.Expr:
    """A weight for a difference that is *part* of the largest one allowed."""
    return 1 - (1 - _LEAST_NEARNESS) * part.clip(0, 1)
