"""Values that facts and texts state, and when one of a text is supported by one of a fact.

What a text says less precisely ("1969", "1.9 million") is supported by what the graph says more precisely,
and not the other way round.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

_EQUAL = 1e-6
# Conversions between units are rounded in texts: 1.85 m is 6 feet 1.
_CONVERTED = 0.006


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as it is stated.

    Attributes:
        year: negative before year 1; None for a day of every year.
        month: 1 to 12, None if not stated.
        day: 1 to 31, None if not stated.
        decade: whether it means the ten years from *year* on.
    """

    year: int | None
    month: int | None = None
    day: int | None = None
    decade: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, in the ways that it may be read.

    Attributes:
        written: the number as it stands, magnitude words counted; several where ``1.234`` may mean two.
        dimension: of its unit ("length"), "" without one.
        measured: the numbers in SI units; equal to *written* without a unit.
        digits: significant digits, by which a text's figure may be a rounded one; 0 if it is exact.
    """

    written: tuple[float, ...]
    dimension: str = ""
    measured: tuple[float, ...] = ()
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Stated:
    """What one literal, or one place of a text, states: a date, a number, or what may be either.

    Attributes:
        days: readings as a date.
        amounts: readings as a number.
        start: where it stands in its text, in code points.
        end: exclusive.
    """

    days: tuple[Day, ...] = ()
    amounts: tuple[Amount, ...] = ()
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    @property
    def is_date(self) -> bool:
        """Whether it can only be a date."""
        return bool(self.days) and not self.amounts


def supports(known: Stated, said: Stated) -> float:
    """How well the graph's value *known* supports *said*: 1 fully, 0 not at all.

    In between (one half) where the text says more than the graph, and all that the graph says agrees.
    """
    best = 0.0
    for day in said.days:
        for fact in known.days:
            best = max(best, _of_days(fact, day))
    for amount in said.amounts:
        for figure in known.amounts:
            best = max(best, float(_same_amount(figure, amount)))
    return best


def comparable(known: Stated, said: Stated) -> bool:
    """Whether the two are of one kind: both dates, or numbers whose units (if any) measure the same."""
    if known.is_date or said.is_date:
        return bool(known.days) and bool(said.days)
    if not known.amounts or not said.amounts:
        return False
    return any(
        one.dimension == other.dimension or not one.dimension or not other.dimension
        for one in known.amounts
        for other in said.amounts
    )


def _of_days(known: Day, said: Day) -> float:
    if said.decade:
        return float(known.year is not None and said.year is not None and known.year // 10 == said.year // 10)
    more = False
    for fact, text in ((known.year, said.year), (known.month, said.month), (known.day, said.day)):
        if text is None:
            continue
        if fact is None:
            more = True
        elif fact != text:
            return 0.0
    if more and known.year != said.year:
        return 0.0
    return 0.5 if more else 1.0


def _same_amount(known: Amount, said: Amount) -> bool:
    if any(_equal(one, other, said.digits) for one in known.written for other in said.written):
        return not (known.dimension and said.dimension) or known.dimension == said.dimension
    if not said.dimension and not known.dimension:
        return False
    if said.dimension and known.dimension and said.dimension != known.dimension:
        return False
    return any(
        _equal(one, other, said.digits) or _near(one, other)
        for one in known.measured
        for other in said.measured
    )


def _equal(known: float, said: float, digits: int) -> bool:
    if known == said or abs(known - said) <= _EQUAL * max(abs(known), abs(said)):
        return True
    if not digits or known == 0:
        return False
    place = digits - 1 - math.floor(math.log10(abs(known)))
    return abs(round(known, place) - said) <= _EQUAL * abs(said)


def _near(known: float, said: float) -> bool:
    return abs(known - said) <= _CONVERTED * max(abs(known), abs(said))
