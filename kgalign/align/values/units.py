"""Units of measurement: from a unit's name to its dimension and its size in SI units.

Names are read by their parts, as both DBpedia's datatypes (``squareKilometre``, ``metrePerSecond``) and
the units of the Unicode CLDR (``square-kilometer``) are made: a power, an SI prefix and a base,
multiplied, and divided by what follows ``per``.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Unit:
    """A unit of measurement; an amount in SI units is ``amount × factor + offset``.

    Attributes:
        dimension: what is measured, as powers of SI base units (``m^2``, ``m.s^-1``).
        factor: the unit's size in SI units.
        offset: where its zero lies in SI units (temperatures).
    """

    dimension: str
    factor: float
    offset: float = 0.0


_PREFIXES = {
    "yotta": 1e24, "zetta": 1e21, "exa": 1e18, "peta": 1e15, "tera": 1e12, "giga": 1e9, "mega": 1e6,
    "kilo": 1e3, "hecto": 1e2, "deca": 1e1, "deci": 1e-1, "centi": 1e-2, "milli": 1e-3, "micro": 1e-6,
    "nano": 1e-9, "pico": 1e-12, "femto": 1e-15,
}  # fmt: skip

# A unit's size and dimension; those that take SI prefixes are metric ones, but no name is ambiguous.
_BASES: dict[str, tuple[float, str]] = {
    "meter": (1.0, "m"), "inch": (0.0254, "m"), "foot": (0.3048, "m"), "yard": (0.9144, "m"),
    "mile": (1609.344, "m"), "nautical mile": (1852.0, "m"), "fathom": (1.8288, "m"),
    "furlong": (201.168, "m"), "astronomical unit": (1.495978707e11, "m"), "chain": (20.1168, "m"),
    "light year": (9.4607304725808e15, "m"), "parsec": (3.0856775814913673e16, "m"),
    "gram": (1e-3, "kg"), "tonne": (1e3, "kg"), "metric ton": (1e3, "kg"), "pound": (0.45359237, "kg"),
    "ounce": (0.028349523125, "kg"), "stone": (6.35029318, "kg"),
    "grain": (6.479891e-5, "kg"), "dalton": (1.66053906892e-27, "kg"),
    "second": (1.0, "s"), "minute": (60.0, "s"), "hour": (3600.0, "s"), "day": (86400.0, "s"),
    "week": (604800.0, "s"), "month": (2629800.0, "s"), "year": (31557600.0, "s"),
    "kelvin": (1.0, "K"), "ampere": (1.0, "A"), "mole": (1.0, "mol"), "candela": (1.0, "cd"),
    "hectare": (1e4, "m^2"), "acre": (4046.8564224, "m^2"), "are": (1e2, "m^2"), "dunam": (1e3, "m^2"),
    "liter": (1e-3, "m^3"), "gallon": (3.785411784e-3, "m^3"), "gallon imperial": (4.54609e-3, "m^3"),
    "barrel": (0.158987294928, "m^3"), "bushel": (0.03523907016688, "m^3"),
    "hertz": (1.0, "s^-1"), "newton": (1.0, "kg.m.s^-2"), "pound force": (4.4482216152605, "kg.m.s^-2"),
    "kilogram force": (9.80665, "kg.m.s^-2"), "g force": (9.80665, "m.s^-2"),
    "pascal": (1.0, "kg.m^-1.s^-2"), "bar": (1e5, "kg.m^-1.s^-2"),
    "atmosphere": (101325.0, "kg.m^-1.s^-2"), "joule": (1.0, "kg.m^2.s^-2"),
    "calorie": (4.184, "kg.m^2.s^-2"), "electronvolt": (1.602176634e-19, "kg.m^2.s^-2"),
    "watt": (1.0, "kg.m^2.s^-3"), "horsepower": (745.6998715822702, "kg.m^2.s^-3"),
    "brake horsepower": (745.6998715822702, "kg.m^2.s^-3"), "pferdestaerke": (735.49875, "kg.m^2.s^-3"),
    "volt": (1.0, "kg.m^2.s^-3.A^-1"), "ohm": (1.0, "kg.m^2.s^-3.A^-2"),
    "knot": (0.5144444444444445, "m.s^-1"),
    "bit": (1.0, "bit"), "byte": (8.0, "bit"), "lumen": (1.0, "lm"), "lux": (1.0, "lm.m^-2"),
    "degree": (1.0, "degree"), "radian": (57.29577951308232, "degree"), "inhabitant": (1.0, "inhabitant"),
    "inhabitants": (1.0, "inhabitant"), "percent": (0.01, "part"), "permille": (0.001, "part"),
}  # fmt: skip
_TEMPERATURES = {
    "celsius": Unit("K", 1.0, 273.15),
    "fahrenheit": Unit("K", 5 / 9, 459.67 * 5 / 9),
    "rankine": Unit("K", 5 / 9),
}
_POWERS = {"square": 2, "cubic": 3}
_LONGEST_BASE = 2
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_POWER = re.compile(r"([A-Za-z]+)(?:\^(-?\d+))?")


@cache
def unit_named(name: str) -> Unit | None:
    """The unit of that *name* (``kilometre``, ``squareKilometre``, ``mile-per-hour``), None if unknown."""
    words = _words(name)
    if words[:1] == ["degree"] and len(words) == 2:
        words = words[1:]
    if len(words) == 1 and words[0] in _TEMPERATURES:
        return _TEMPERATURES[words[0]]
    over, _, under = " ".join(words).partition(" per ")
    above = _product(over.split())
    below = _product(under.split()) if under else (1.0, Counter())
    if above is None or below is None:
        return None
    powers = above[1].copy()
    powers.subtract(below[1])
    return Unit(_written(powers), above[0] / below[0])


def _words(name: str) -> list[str]:
    spaced = _CAPITAL.sub(" ", name).replace("-", " ").replace("_", " ").lower()
    spaced = re.sub(r"metres?\b", "meter", spaced)
    return re.sub(r"litres?\b", "liter", spaced).split()


def _product(words: list[str]) -> tuple[float, Counter[str]] | None:
    factor, powers = 1.0, Counter[str]()
    if not words:
        return None
    while words:
        if words[0].isdecimal():
            factor *= int(words[0])
            words = words[1:]
            continue
        power = _POWERS.get(words[0], 1)
        words = words[1:] if power > 1 else words
        for length in range(min(_LONGEST_BASE, len(words)), 0, -1):
            found = _scaled(" ".join(words[:length]))
            if found is not None:
                break
        else:
            return None
        words = words[length:]
        factor *= found[0] ** power
        for symbol, exponent in _POWER.findall(found[1]):
            powers[symbol] += power * int(exponent or 1)
    return factor, powers


def _scaled(name: str) -> tuple[float, str] | None:
    if name in _BASES:
        return _BASES[name]
    for prefix, scale in _PREFIXES.items():
        base = _BASES.get(name.removeprefix(prefix))
        if name.startswith(prefix) and base is not None:
            return scale * base[0], base[1]
    return None


def _written(powers: Counter[str]) -> str:
    parts = [
        symbol if power == 1 else f"{symbol}^{power}" for symbol, power in sorted(powers.items()) if power
    ]
    return ".".join(parts) or "1"
