"""What literals can be read as, and which of them state the same value.

A literal may have several readings: ``1969`` is a number and a year, ``19690505`` a number, a code and a
day. One of them, the likeliest, says which other literals state the same value; by all of them values
are compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kgalign.align.values.cleaning import folded
from kgalign.align.values.coordinates import coordinates
from kgalign.align.values.dates import dates
from kgalign.align.values.quantities import quantities

_ADDRESS = r"(?i)^(?:(?:https?|ftps?):/*|(www\.))\S+$"
_ADDRESS_START = r"^(?:[a-z][a-z0-9+.-]*:/+)?(?:www\.)?"
_CODE = r"^[a-z0-9+(][a-z0-9 ()+\-]*$"
_LONGEST_CODE, _SHORTEST_CODE = 40, 3
_PLAIN_INTEGER = r"^\d+$"
_SHORTEST_PLAIN_CODE = 5
_SHORTEST_TEXT, _LONGEST_TEXT = 4, 128
# A tenth of a metre.
_DECIMALS_OF_DEGREES = 6


@dataclass(frozen=True)
class Readings:
    """The values that literals state, and their readings, each by the number of the value.

    Attributes:
        values: ``literal``, ``value``: one value per literal that states any; numbers in the order of
            the values' canonical forms, so they depend on nothing but the set of literals.
        quantities: ``value``, ``dimension``, ``amount``, ``implied`` (read without its unit, as a graph
            that leaves it out would have it) and ``exact`` (only equality means anything: years).
        dates: ``value``, ``year``, ``month``, ``day``, ``ambiguous``.
        coordinates: ``value``, ``latitude``, ``longitude``.
        codes: ``value``, ``code``.
        texts: ``value``, ``text`` (folded) of texts that are worth comparing by their spelling.
    """

    values: pl.DataFrame
    quantities: pl.DataFrame
    dates: pl.DataFrame
    coordinates: pl.DataFrame
    codes: pl.DataFrame
    texts: pl.DataFrame


def readings(literals: pl.DataFrame) -> Readings:
    """Read all *literals* (see :func:`~kgalign.align.values.literals.literals`)."""
    numbers, days, places = quantities(literals), dates(literals), coordinates(literals)
    read = (
        literals.select("literal", "stated", "text")
        .join(numbers, on="literal", how="left", maintain_order="left")
        .join(days, on="literal", how="left", maintain_order="left")
        .join(places, on="literal", how="left", maintain_order="left")
        .with_columns(lower=pl.col("text").str.to_lowercase(), folded=folded(pl.col("text")))
        .with_columns(address=_address(), code=_code())
        .with_columns(canonical=_canonical())
        .filter(pl.col("canonical").is_not_null())
    )
    canonical = read.select("canonical").unique().sort("canonical").with_row_index("value")
    read = read.join(canonical, on="canonical", maintain_order="left")
    spelt = pl.col("canonical").str.starts_with("t|") & pl.col("code").is_null()
    length = pl.col("folded").str.len_chars()
    return Readings(
        values=read.select("literal", "value"),
        quantities=_quantities(read),
        dates=read.filter(pl.col("year").is_not_null())
        .select("value", "year", "month", "day", "ambiguous")
        .unique()
        .sort("value"),
        coordinates=read.filter(pl.col("latitude").is_not_null())
        .select("value", "latitude", "longitude")
        .unique("value", keep="first", maintain_order=True),
        codes=read.filter(pl.col("code").is_not_null()).select("value", "code").unique().sort("value"),
        texts=read.filter(spelt & (pl.col("stated") == "") & length.is_between(_SHORTEST_TEXT, _LONGEST_TEXT))
        .select("value", text="folded")
        .unique()
        .sort("value", "text"),
    )


def _canonical() -> pl.Expr:
    """The same text for literals of one value, beginning with the kind of value; null for none."""
    has_number, plain_year = pl.col("amount").is_not_null(), pl.col("lower").str.contains(r"^\d+$")
    dated = pl.col("year").is_not_null() & ~pl.col("ambiguous") & ~(has_number & plain_year)
    date = pl.concat_str(
        pl.lit("d|"),
        pl.col("year").cast(pl.String),
        pl.format("-{}", pl.col("month")).fill_null(""),
        pl.format("-{}", pl.col("day")).fill_null(""),
    )
    place = pl.format(
        "p|{}|{}",
        _unsigned_zero(pl.col("latitude").round(_DECIMALS_OF_DEGREES)),
        _unsigned_zero(pl.col("longitude").round(_DECIMALS_OF_DEGREES)),
    )
    number = pl.format("n|{}|{}", pl.col("dimension"), _unsigned_zero(pl.col("amount")))
    truth = pl.col("lower").replace({"1": "true", "0": "false"})
    text = pl.when(pl.col("folded") != "").then("folded").otherwise("lower")
    return (
        pl.when(pl.col("lower") == "")
        .then(None)
        .when(pl.col("stated") == "boolean")
        .then(pl.format("t|{}", truth))
        .when(pl.col("address").is_not_null())
        .then(pl.format("a|{}", pl.col("address")))
        .when(pl.col("latitude").is_not_null())
        .then(place)
        .when(dated)
        .then(date)
        .when(has_number)
        .then(number)
        .when(pl.col("code").is_not_null())
        .then(pl.format("c|{}", pl.col("code")))
        .otherwise(pl.format("t|{}", text))
    )


def _unsigned_zero(number: pl.Expr) -> pl.Expr:
    return pl.when(number == 0).then(0.0).otherwise(number)


def _address() -> pl.Expr:
    """A web address without scheme, ``www.`` and last slash; null for another literal."""
    is_address = (pl.col("stated") == "address") | (
        (pl.col("stated") == "") & pl.col("text").str.contains(_ADDRESS)
    )
    bare = pl.col("lower").str.replace(_ADDRESS_START, "").str.strip_chars_end("/")
    return pl.when(is_address & (bare != "")).then(bare)


def _code() -> pl.Expr:
    """An identifier without case, spaces and hyphens; null where the text doesn't look like one."""
    lower = pl.col("lower")
    bare = lower.str.replace_all(r"[^a-z0-9]", "")
    length = bare.str.len_chars()
    mostly_digits = bare.str.count_matches(r"\d") * 2 >= length
    plain = lower.str.contains(_PLAIN_INTEGER) & pl.col("amount").is_not_null()
    dated = pl.col("year").is_not_null() & pl.col("amount").is_null()
    return pl.when(
        pl.col("stated").is_in(["", "number"])
        & (lower.str.len_chars() <= _LONGEST_CODE)
        & lower.str.contains(_CODE)
        & mostly_digits
        & (length >= pl.when(plain).then(_SHORTEST_PLAIN_CODE).otherwise(_SHORTEST_CODE))
        & ~((pl.col("stated") == "number") & pl.col("amount").is_not_null())
        & (plain | pl.col("amount").is_null())
        & ~dated
        & pl.col("latitude").is_null()
    ).then(bare)


def _quantities(read: pl.DataFrame) -> pl.DataFrame:
    """Quantities as they are meant and, where they have a unit, as they would be without."""
    numbers = read.filter(pl.col("amount").is_not_null())
    meant = numbers.select(
        "value",
        "dimension",
        "amount",
        implied=pl.lit(False),
        exact=(pl.col("dimension") == "") & pl.col("year").is_not_null(),
    )
    with_unit = numbers.filter(pl.col("dimension") != "")
    implied = [
        with_unit.select(
            "value",
            dimension=pl.lit(""),
            amount=pl.col(column),
            implied=pl.lit(True),
            exact=pl.lit(False),
        )
        for column in ("amount", "written")
    ]
    return pl.concat([meant, *implied]).unique().sort("value", "dimension", "amount", "implied", "exact")
