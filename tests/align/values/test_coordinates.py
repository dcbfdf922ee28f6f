from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgalign.align.values.coordinates import coordinates
from kgalign.align.values.literals import literals

MakeAttributes = Callable[[Sequence[str]], pl.DataFrame]


def read(attributes: MakeAttributes, written: str) -> tuple[float, float] | None:
    found = coordinates(literals(attributes([written])))
    return found.select("latitude", "longitude").row(0) if found.height else None


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("POINT(2.3522 48.8566)^^geo:wktLiteral", (48.8566, 2.3522)),
        ("Point (2.3522 48.8566)", (48.8566, 2.3522)),
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(2.3522 48.8566)", (48.8566, 2.3522)),
        ("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(48.8566 2.3522)", (48.8566, 2.3522)),
        ("SRID=4326;POINT Z (2.3522 48.8566 35)", (48.8566, 2.3522)),
        ("48.8566, 2.3522", (48.8566, 2.3522)),
        ("-33.8 151.2", (-33.8, 151.2)),
        ("48,8566; 2,3522", (48.8566, 2.3522)),
        ("48°51′24″N 2°21′07″E", (48.856667, 2.351944)),
        ("48º51'24''N, 2º21'07''E", (48.856667, 2.351944)),
        ("N 48° 51' 24\" E 2° 21' 07\"", (48.856667, 2.351944)),
        ("33°52′S, 151°12′W", (-33.866667, -151.2)),
        ("48.8566° N, 2.3522° E", (48.8566, 2.3522)),
    ],
)
def test_places(attributes: MakeAttributes, written: str, place: tuple[float, float]) -> None:
    assert read(attributes, written) == pytest.approx(place, abs=1e-6)


@pytest.mark.parametrize(
    "written",
    ["95.5 10.5", "12, 45", "12.5", "<http://crs/27700> POINT(5 5)", "POINT EMPTY", "3.5, 4.5^^xsd:decimal"],
)
def test_what_is_no_place(attributes: MakeAttributes, written: str) -> None:
    assert read(attributes, written) is None


@settings(deadline=None)
@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_place_is_the_same_in_every_form(
    attributes: MakeAttributes, latitude: float, longitude: float
) -> None:
    expected = pytest.approx((latitude, longitude), abs=1e-5)
    assert read(attributes, f"{latitude:.6f} {longitude:.6f}") == expected
    assert read(attributes, f"POINT({longitude:.6f} {latitude:.6f})") == expected
    angles = [
        f"{int(abs(degrees))}°{abs(degrees) % 1 * 60:.5f}′{names[degrees < 0]}"
        for degrees, names in ((latitude, "NS"), (longitude, "EW"))
    ]
    assert read(attributes, " ".join(angles)) == expected
