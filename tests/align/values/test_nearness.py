from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgalign.align.values import nearness
from kgalign.align.values.nearness import near_coordinates, near_dates, near_quantities, near_texts

TOLERANCE, FARTHEST = nearness._TOLERANCE, nearness._FARTHEST_KILOMETRES
AMOUNTS = st.lists(st.floats(-1e6, 1e6).map(lambda amount: float(f"{amount:.3g}")), max_size=12)


def quantities(amounts: list[float], dimension: str = "", implied: bool = False) -> pl.DataFrame:
    return pl.DataFrame(
        {"value": range(len(amounts)), "amount": amounts},
        schema={"value": pl.UInt32, "amount": pl.Float64},
    ).with_columns(dimension=pl.lit(dimension), implied=implied, exact=False)


def weights(pairs: pl.DataFrame) -> dict[tuple[int, int], float]:
    return {(source, target): weight for source, target, weight in pairs.rows()}


@settings(deadline=None)
@given(AMOUNTS, AMOUNTS)
def test_quantities_within_the_tolerance_are_found(first: list[float], second: list[float]) -> None:
    found = weights(near_quantities(quantities(first), quantities(second)))
    expected = {
        (i, j)
        for i, one in enumerate(first)
        for j, other in enumerate(second)
        if one
        and other
        and (one > 0) == (other > 0)
        and abs(math.log(abs(one)) - math.log(abs(other))) <= TOLERANCE
    }
    assert set(found) == expected
    assert all(weight == 1 for (i, j), weight in found.items() if first[i] == second[j])
    assert all(0 < weight < 1 for (i, j), weight in found.items() if first[i] != second[j])


def test_the_nearer_the_heavier() -> None:
    found = weights(near_quantities(quantities([100.0]), quantities([100.5, 101.0, 101.9, 103.0])))
    assert set(found) == {(0, 0), (0, 1), (0, 2)}
    assert found[0, 0] > found[0, 1] > found[0, 2] >= 0.25


def test_units_are_kept_apart_unless_one_is_not_stated() -> None:
    lengths, masses = quantities([12.0], "m"), quantities([12.0], "kg")
    assert near_quantities(lengths, masses).height == 0
    implied = quantities([12.0], "", implied=True)
    assert near_quantities(implied, implied).height == 0
    assert weights(near_quantities(implied, quantities([12.0]))) == {(0, 0): 0.8}


def test_years_are_equal_or_not() -> None:
    years = quantities([1969.0, 1970.0]).with_columns(exact=True)
    assert set(weights(near_quantities(years, years))) == {(0, 0), (1, 1)}


def dates(*written: tuple[int, int | None, int | None, bool]) -> pl.DataFrame:
    schema = {"year": pl.Int32, "month": pl.Int16, "day": pl.Int16, "ambiguous": pl.Boolean}
    return pl.DataFrame(written, schema=schema, orient="row").with_row_index("value")


YEAR, MONTH, DAY = (1969, None, None, False), (1969, 5, None, False), (1969, 5, 6, False)
UNCLEAR = (1969, None, None, True)


@pytest.mark.parametrize(
    ("one", "other", "weight"),
    [
        (DAY, DAY, 1.0),
        (YEAR, YEAR, 1.0),
        (MONTH, MONTH, 1.0),
        (DAY, MONTH, 0.75),
        (DAY, YEAR, 0.6),
        (MONTH, YEAR, 0.6),
        (UNCLEAR, DAY, 0.6),
        (UNCLEAR, YEAR, 0.6),
        (UNCLEAR, UNCLEAR, None),
        (DAY, (1969, 5, 7, False), None),
        (DAY, (1969, 6, None, False), None),
        (DAY, (1970, None, None, False), None),
        ((-44, 3, 15, False), (44, 3, 15, False), None),
    ],
)
def test_dates_agree_as_far_as_both_go(one: tuple, other: tuple, weight: float | None) -> None:
    expected = {} if weight is None else {(0, 0): weight}
    assert weights(near_dates(dates(one), dates(other))) == expected
    assert weights(near_dates(dates(other), dates(one))) == expected


def places(*degrees: tuple[float, float]) -> pl.DataFrame:
    schema = {"latitude": pl.Float64, "longitude": pl.Float64}
    return pl.DataFrame(degrees, schema=schema, orient="row").with_row_index("value")


def test_places_by_distance() -> None:
    # A minute of latitude is a nautical mile, also at the pole and across the antimeridian.
    mile = 1 / 60
    near = weights(near_coordinates(places((0, 0)), places((0, 0), (2 * mile, 0), (12 * mile, 0))))
    assert set(near) == {(0, 0), (0, 1)}
    assert near[0, 0] == 1
    assert near[0, 1] == pytest.approx(1 - 0.75 * 2 * 1.852 / FARTHEST, abs=1e-3)
    assert near_coordinates(places((89.99, 0)), places((89.99, 180))).height == 1
    assert near_coordinates(places((0, 179.99)), places((0, -179.99))).height == 1


def test_no_places_are_near_nothing() -> None:
    assert near_coordinates(places(), places((0, 0))).height == 0
    assert near_coordinates(places((0, 0)), places()).height == 0


def texts(*written: str) -> pl.DataFrame:
    return pl.DataFrame({"text": written}, schema={"text": pl.String}).with_row_index("value")


MANY = ("river thames", "mount everest", "grand canyon", "lake victoria", "amazon basin")


def test_texts_spelt_nearly_alike() -> None:
    found = weights(
        near_texts(texts("café de la flore"[:4] + " de flore", *MANY), texts("cafe de la flore", *MANY))
    )
    assert {(0, 0)} | {(number, number) for number in range(1, 6)} == set(found)
    assert found[0, 0] < found[1, 1] < 1


def test_texts_of_other_scripts() -> None:
    assert (0, 0) in weights(near_texts(texts("москва", *MANY), texts("moskva", *MANY)))


def test_texts_with_other_digits_are_others() -> None:
    assert (0, 0) not in weights(near_texts(texts("apollo 11", *MANY), texts("apollo 12", *MANY)))


def test_texts_without_letters() -> None:
    assert near_texts(texts("★★★★"), texts("★★★★")).height == 0
    assert near_texts(texts(), texts("abcd")).height == 0


def test_searches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearness, "SEARCHED", 2)
    crowd = [100 + number / 1000 for number in range(50)]
    found = near_quantities(quantities([100.02]), quantities(crowd))
    # Two to the left and two to the right of the one, which is among the closest of some of the many.
    assert found.height <= 50
    assert np.isclose(found["weight"].max(), 1)
