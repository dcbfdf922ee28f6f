from __future__ import annotations

import pytest

from kgalign.align.values.units import Unit, unit_named


@pytest.mark.parametrize(
    ("name", "dimension", "factor"),
    [
        ("kilometre", "m", 1000),
        ("squareKilometre", "m^2", 1e6),
        ("square-kilometer", "m^2", 1e6),
        ("cubicCentimetre", "m^3", 1e-6),
        ("kilometrePerHour", "m.s^-1", 1 / 3.6),
        ("gramPerCubicCentimetre", "kg.m^-3", 1000),
        ("nauticalMile", "m", 1852),
        ("foot", "m", 0.3048),
        ("inhabitantsPerSquareKilometre", "inhabitant.m^-2", 1e-6),
        ("kilowattHour", "kg.m^2.s^-2", 3.6e6),
        ("liter-per-100-kilometer", "m^2", 1e-8),
        ("megabyte", "bit", 8e6),
    ],
)
def test_names_are_read_by_their_parts(name: str, dimension: str, factor: float) -> None:
    unit = unit_named(name)
    assert unit is not None
    assert (unit.dimension, unit.offset) == (dimension, 0)
    assert unit.factor == pytest.approx(factor, rel=1e-12)


def test_temperatures_have_a_zero_of_their_own() -> None:
    assert unit_named("degreeCelsius") == Unit("K", 1.0, 273.15)
    fahrenheit = unit_named("fahrenheit")
    assert fahrenheit is not None
    assert 212 * fahrenheit.factor + fahrenheit.offset == pytest.approx(373.15)


@pytest.mark.parametrize("name", ["usDollar", "", "kilo", "square", "per", "metre per", "kilokilometre"])
def test_what_is_no_unit_is_none(name: str) -> None:
    assert unit_named(name) is None
