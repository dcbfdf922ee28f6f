"""Whether two values contradict each other, and how: numbers, dates, places, codes and texts.

A value that says less than another doesn't contradict it: 1969 agrees with 5 May 1969, 99 with 98.7,
51.25 with 51.24601.
"""

from __future__ import annotations

import polars as pl

from kgalign.align.values.readings import Readings

AGREE = "agree"
NUMBER, DATE, PLACE, TEXT, ENTITY = (
    "different number",
    "different date",
    "different place",
    "different text",
    "different entity",
)
KIND = "different kind of value"
UNLINKED, RELATED = "unlinked entity", "related entity"
CONFLICT_KINDS = (NUMBER, DATE, PLACE, TEXT, KIND, ENTITY, RELATED, UNLINKED)

_LEAST_FIGURES, _MOST_FIGURES = 2, 12
# About one kilometre.
_NEAR_DEGREES = 0.01


def judged(pairs: pl.DataFrame, read: Readings) -> pl.Series:
    """What each pair of values is to each other: :data:`AGREE` or the kind of the disagreement.

    Values are looked at by all their readings, and agree if they agree by one of them. Texts in
    different languages aren't comparable, and agree.

    Args:
        pairs: ``one`` and ``other`` (readings of the two values, null where a value can't be read),
            ``language_one``, ``language_other``.
        read: the readings.
    """
    table = pairs.with_row_index("row")
    found = {
        DATE: _dates(table, read.dates),
        NUMBER: _numbers(table, read.quantities),
        PLACE: _places(table, read.coordinates),
    }
    codes = _joined(table, read.codes).filter(pl.col("code") == pl.col("code_other"))["row"]
    agree = pl.concat([rows.filter(rows["agree"])["row"] for rows in found.values()] + [codes]).unique()
    kind: pl.Expr = pl.lit(TEXT)
    typed = [_typed(table, side, read) for side in ("one", "other")]
    mixed = typed[0] != typed[1]
    kind = pl.when(pl.Series(mixed)).then(pl.lit(KIND)).otherwise(kind)
    # The likeliest reading names the disagreement: a number before a date, as 1969 may be either.
    for name in (DATE, NUMBER, PLACE):
        kind = pl.when(pl.col("row").is_in(found[name]["row"].implode())).then(pl.lit(name)).otherwise(kind)
    languages = [pl.col(f"language_{side}").str.to_lowercase().str.extract(r"^([^-]+)") for side in SIDES]
    foreign = (languages[0] != languages[1]).fill_null(False) & (pl.Series(~(typed[0] | typed[1])))
    same = (pl.col("one") == pl.col("other")).fill_null(False)
    return table.select(
        pl.when(same | foreign | pl.col("row").is_in(agree.implode()))
        .then(pl.lit(AGREE))
        .otherwise(kind)
        .alias("kind")
    )["kind"]


SIDES = ("one", "other")


def _joined(table: pl.DataFrame, readings: pl.DataFrame) -> pl.DataFrame:
    """Each pair with the readings of both its values, in columns and columns ``…_other``."""
    own = readings.with_columns(pl.col("value").cast(pl.Int64))
    return (
        table.select("row", "one", "other")
        .join(own, left_on="one", right_on="value", maintain_order="left")
        .join(own, left_on="other", right_on="value", suffix="_other", maintain_order="left")
    )


def _verdicts(both: pl.DataFrame, agree: pl.Expr) -> pl.DataFrame:
    """``row`` and ``agree``: whether a pair agrees by any two readings of one kind."""
    return both.select("row", agree=agree).group_by("row").agg(pl.col("agree").any()).sort("row")


def _dates(table: pl.DataFrame, dates: pl.DataFrame) -> pl.DataFrame:
    """Dates agree as far as both of them state year, month and day."""
    parts = [(pl.col(name) == pl.col(f"{name}_other")).fill_null(True) for name in ("year", "month", "day")]
    return _verdicts(_joined(table, dates), pl.all_horizontal(parts))


def _numbers(table: pl.DataFrame, quantities: pl.DataFrame) -> pl.DataFrame:
    """Amounts of one dimension agree if one is the other, rounded."""
    both = _joined(table, quantities).filter(
        (pl.col("dimension") == pl.col("dimension_other")) & ~(pl.col("implied") & pl.col("implied_other"))
    )
    one, other = pl.col("amount"), pl.col("amount_other")
    exact = pl.col("exact") & pl.col("exact_other")
    rounded = pl.any_horizontal(
        _rounded(one, other, figures) | _rounded(other, one, figures)
        for figures in range(_LEAST_FIGURES, _MOST_FIGURES + 1)
    )
    return _verdicts(both, (one == other) | ((rounded | _whole(one, other) | _whole(other, one)) & ~exact))


def _rounded(fine: pl.Expr, coarse: pl.Expr, figures: int) -> pl.Expr:
    """Whether *coarse* has so many figures and is what *fine* rounds to.

    Zeros at the end may be figures or not, so that two others are asked for: 100 is not 104 rounded.
    """
    return (
        (coarse.round_sig_figs(figures) == coarse)
        & (coarse.round_sig_figs(1) != coarse)
        & (fine.round_sig_figs(figures) == coarse)
    )


def _whole(fine: pl.Expr, coarse: pl.Expr) -> pl.Expr:
    """Whether *coarse* is *fine* without its decimals."""
    return (fine.round(0) == coarse) & (fine != coarse)


def _places(table: pl.DataFrame, coordinates: pl.DataFrame) -> pl.DataFrame:
    """Places agree within about a kilometre, since nobody says to which corner a place is measured."""
    near = pl.all_horizontal(
        (pl.col(name) - pl.col(f"{name}_other")).abs() <= _NEAR_DEGREES for name in ("latitude", "longitude")
    )
    return _verdicts(_joined(table, coordinates), near)


def _typed(table: pl.DataFrame, side: str, read: Readings) -> pl.Series:
    """Whether the value on a *side* is a number, a date or a place."""
    values = pl.concat([kind["value"] for kind in (read.quantities, read.dates, read.coordinates)]).unique()
    return table.select(pl.col(side).is_in(values.cast(pl.Int64).implode()).fill_null(False))[side]
