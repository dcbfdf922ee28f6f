"""Texts by number, so that what repeats is kept once."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Numbering:
    """Distinct texts in the order in which they first occur, numbered from 0.

    Attributes:
        texts: all of them.
    """

    texts: pl.Series

    @classmethod
    def of(cls, *columns: pl.Series) -> Numbering:
        """The distinct texts of *columns*; nulls have no number."""
        texts = [column.cast(pl.String).alias("text") for column in columns]
        return cls(pl.concat(texts).drop_nulls().unique(maintain_order=True))

    @property
    def values(self) -> list[str]:
        """The texts, in order."""
        values: list[str] = self.texts.to_list()
        return values

    def table(self, name: str) -> pl.DataFrame:
        """The texts as a column called *name*."""
        return pl.DataFrame({name: self.texts})

    def numbers(self, column: pl.Series) -> list[int]:
        """The number of each text of *column*; -1 for null and for what is unknown."""
        known = self.table("text").with_row_index("number")
        asked = pl.DataFrame({"text": column.cast(pl.String)})
        found = asked.join(known, on="text", how="left", maintain_order="left")["number"]
        numbers: list[int] = found.cast(pl.Int64).fill_null(-1).to_list()
        return numbers
