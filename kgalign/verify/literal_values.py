"""What the graph's literals state, read in one go by the readers that alignment compares values with."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
import regex

from kgalign.align.values.dates import dates
from kgalign.align.values.literals import literals
from kgalign.align.values.quantities import quantities
from kgalign.verify.language_forms import base_language
from kgalign.verify.scanning import stated_in
from kgalign.verify.values import Amount, Day, Stated
from kgalign.verify.verdicts import Term
from kgalign.verify.words import words

_UNIT_IN_BRACKETS = regex.compile(r"^([-+\d.,  ]+)\(([^()]+)\)$")
_MOST_SCANNED = 400
_MOST_WORDS_WITH_NUMBER = 12


class LiteralValues:
    """Readings of literals, each made once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str | None, str | None], tuple[Stated, ...]] = {}
        self._whole: set[tuple[str, str | None, str | None]] = set()

    def read(self, terms: Iterable[Term]) -> None:
        """Read all *terms* that are new, together."""
        wanted = sorted(
            {self._place(term) for term in terms if self._place(term) not in self._known},
            key=lambda place: (place[0], place[1] or "", place[2] or ""),
        )
        if not wanted:
            return
        table = pl.DataFrame(
            {
                "value": [_without_brackets(value) for value, _, _ in wanted],
                "language": [language for _, language, _ in wanted],
                "datatype": [datatype for _, _, datatype in wanted],
            },
            schema={"value": pl.String, "language": pl.String, "datatype": pl.String},
        )
        whole = _whole(table)
        for place, row in zip(wanted, table.iter_rows(), strict=True):
            found = whole.get(row)
            self._known[place] = (found,) if found else _scanned(place[0], place[1])
            if found:
                self._whole.add(place)

    def of(self, term: Term) -> tuple[Stated, ...]:
        """What *term* states; nothing if it is neither a date nor a number, nor holds one."""
        if self._place(term) not in self._known:
            self.read([term])
        return self._known[self._place(term)]

    def is_value(self, term: Term) -> bool:
        """Whether *term* is a date or a number as a whole, so that its words are no name."""
        return bool(self.of(term)) and self._place(term) in self._whole

    @staticmethod
    def _place(term: Term) -> tuple[str, str | None, str | None]:
        return term.value, term.language, term.datatype


def _without_brackets(value: str) -> str:
    bare: str = _UNIT_IN_BRACKETS.sub(r"\1\2", value)
    return bare


def _whole(table: pl.DataFrame) -> dict[tuple[str, str | None, str | None], Stated]:
    """Literals that are a date or a number as a whole."""
    seen = literals(table)
    numbers = quantities(seen).group_by("literal", maintain_order=True).first()
    days = dates(seen).filter(~pl.col("ambiguous"))
    read = seen.join(numbers, on="literal", how="left").join(days, on="literal", how="left").sort("literal")
    found = {}
    for row in read.iter_rows(named=True):
        amounts: tuple[Amount, ...] = ()
        if row["written"] is not None:
            amounts = (Amount((row["written"],), row["dimension"], (row["amount"],)),)
        day = () if row["year"] is None else (Day(row["year"], row["month"], row["day"]),)
        if amounts or day:
            found[row["value"], row["language"], row["datatype"]] = Stated(day, amounts)
    return found


def _scanned(value: str, language: str | None) -> tuple[Stated, ...]:
    """What stands within a longer literal, such as "44 km (27 mi)"."""
    text = value[:_MOST_SCANNED]
    found = words(text)
    if len(found) > _MOST_WORDS_WITH_NUMBER:
        return ()
    return tuple(stated_in(text, found, base_language(language or "en")))
