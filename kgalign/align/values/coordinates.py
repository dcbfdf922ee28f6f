"""Places on Earth: well-known text, pairs of decimal degrees, and degrees with minutes and seconds."""

from __future__ import annotations

import polars as pl

_LONGEST_TEXT = 160
_NUMBER = r"([+-]?\d{1,3}(?:\.\d+)?(?:e-?\d{1,2})?)"
_POINT = (
    rf"^(?:<([^>]*)> ?)?(?:srid=\d+; ?)?point ?(?:z|m|zm)? ?\( ?{_NUMBER}[ ,]+{_NUMBER}(?:[ ,]+[^()]*)?\)$"
)
# GeoSPARQL: in this reference system, latitude comes first; without one, longitude does (CRS 84).
_LATITUDE_FIRST = r"epsg/[^/]*/4326$"
_LONGITUDE_FIRST = r"crs84$"
_DECIMAL_PAIR = r"^([+-]?\d{1,2}\.\d+)(?: ?[,;] ?| )([+-]?\d{1,3}\.\d+)$"
_COMMA_PAIR = r"^([+-]?\d{1,2},\d+)(?: ?; ?| )([+-]?\d{1,3},\d+)$"
_SECONDS = r"(?:\"|″|”|''|′′|sec)"
_ANGLE = (
    r"(\d{1,3}(?:[.,]\d+)?) ?° ?"
    rf"(?:(\d{{1,2}}(?:[.,]\d+)?) ?['′’] ?)?(?:(\d{{1,2}}(?:[.,]\d+)?) ?{_SECONDS} ?)?"
)
_HEMISPHERES_AFTER = rf"^{_ANGLE}([ns]),? ?{_ANGLE}([ew])$"
_HEMISPHERES_BEFORE = rf"^([ns]) ?{_ANGLE},? ?([ew]) ?{_ANGLE}$"
_ANGLES = ["degrees", "minutes", "seconds"]


def coordinates(literals: pl.DataFrame) -> pl.DataFrame:
    """Read the literals that are points on Earth.

    Well-known text has the longitude first (unless its reference system says otherwise), all other
    forms, GeoRSS among them, the latitude.

    Args:
        literals: see :func:`~kgalign.align.values.literals.literals`.

    Returns:
        ``literal``, ``latitude`` and ``longitude`` in degrees.
    """
    seen = literals.filter(
        (pl.col("stated") == "") & (pl.col("text").str.len_chars() <= _LONGEST_TEXT)
    ).select("literal", text=pl.col("text").str.to_lowercase())
    parts = [
        _well_known(seen),
        _pairs(seen, _DECIMAL_PAIR),
        _pairs(seen, _COMMA_PAIR),
        _angles(seen, _HEMISPHERES_AFTER, [*_first(_ANGLES), "south", *_second(_ANGLES), "west"]),
        _angles(seen, _HEMISPHERES_BEFORE, ["south", *_first(_ANGLES), "west", *_second(_ANGLES)]),
    ]
    return (
        pl.concat(parts)
        .filter(pl.col("latitude").abs().le(90) & pl.col("longitude").abs().le(180))
        .unique("literal", keep="first", maintain_order=True)
        .sort("literal")
    )


def _first(names: list[str]) -> list[str]:
    return [f"latitude_{name}" for name in names]


def _second(names: list[str]) -> list[str]:
    return [f"longitude_{name}" for name in names]


def _well_known(seen: pl.DataFrame) -> pl.DataFrame:
    system, one, other = (pl.col(name) for name in ("1", "2", "3"))
    turned = system.str.contains(_LATITUDE_FIRST).fill_null(False)
    known = turned | system.is_null() | system.str.contains(_LONGITUDE_FIRST)
    return (
        seen.select("literal", groups=pl.col("text").str.extract_groups(_POINT))
        .unnest("groups")
        .filter(one.is_not_null() & known)
        .select(
            "literal",
            latitude=pl.when(turned).then(one).otherwise(other).cast(pl.Float64, strict=False),
            longitude=pl.when(turned).then(other).otherwise(one).cast(pl.Float64, strict=False),
        )
    )


def _pairs(seen: pl.DataFrame, pattern: str) -> pl.DataFrame:
    return (
        seen.select("literal", groups=pl.col("text").str.extract_groups(pattern))
        .unnest("groups")
        .filter(pl.col("1").is_not_null())
        .select("literal", latitude=_number("1"), longitude=_number("2"))
    )


def _angles(seen: pl.DataFrame, pattern: str, names: list[str]) -> pl.DataFrame:
    found = (
        seen.select("literal", groups=pl.col("text").str.extract_groups(pattern))
        .unnest("groups")
        .rename({str(place): name for place, name in enumerate(names, start=1)})
        .filter(pl.col("south").is_not_null())
    )
    return found.select(
        "literal",
        latitude=_degrees("latitude") * pl.when(pl.col("south") == "s").then(-1.0).otherwise(1.0),
        longitude=_degrees("longitude") * pl.when(pl.col("west") == "w").then(-1.0).otherwise(1.0),
    )


def _degrees(name: str) -> pl.Expr:
    degrees, minutes, seconds = (_number(f"{name}_{part}").fill_null(0.0) for part in _ANGLES)
    return degrees + minutes / 60 + seconds / 3600


def _number(name: str) -> pl.Expr:
    return pl.col(name).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
