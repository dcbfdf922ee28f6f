"""Looking things up in what a run wrote: an entity's links, with their explanation, and its candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl

from kgalign.align.explanation import EXPLANATION_SCHEMA, LANGUAGE_COLUMNS
from kgalign.align.links import GRAPH_COLUMNS, LINK_COLUMNS
from kgalign.align.run_files import CANDIDATES, LINKS
from kgalign.errors import InputError

_SIDES = ("source", "target")


@dataclass(frozen=True)
class FinishedRun:
    """A run's tables, read as far as they are asked for.

    Attributes:
        path: the table of links.
        links: it, lazily.
        candidates: the candidates beside it, lazily; None where there are none.
    """

    path: Path
    links: pl.LazyFrame
    candidates: pl.LazyFrame | None

    @classmethod
    def open(cls, path: str | Path) -> FinishedRun:
        """Open the run in a folder, or the one whose ``links.parquet`` is named.

        Raises:
            InputError: if there is none, or its links hold no explanation.
        """
        place = Path(path)
        table = place / LINKS if place.is_dir() else place
        links = _scanned(table)
        columns = links.collect_schema().names()
        if not set(LINK_COLUMNS) <= set(columns):
            raise InputError(
                "not a table of links", path=table, remedy="name a run's folder or its links.parquet"
            )
        if not set(EXPLANATION_SCHEMA).difference(LANGUAGE_COLUMNS) <= set(columns):
            raise InputError(
                "these links were written without their evidence",
                path=table,
                remedy="run 'kgalign align' again",
            )
        beside = table.parent / CANDIDATES
        return cls(table, links, _scanned(beside) if beside.is_file() else None)

    def entities_named(self, name: str) -> pl.DataFrame:
        """The entities with the IRI *name* or, if there is none, those that are called so.

        An IRI may stand in angle brackets, or percent-encoded as SSSOM has it. Names are compared
        as they are, then without regard to case and width. Of entities that have a link all names
        are known that it holds, of others the label.

        Returns:
            ``iri`` and ``label``, each IRI once, by IRI; no row if nothing is called so.
        """
        iri = name[1:-1] if name.startswith("<") and name.endswith(">") else name
        named = pl.col("name")
        for condition in (
            pl.col("iri") == iri,
            pl.col("iri") == unquote(iri),
            named == name,
            _folded(named) == _folded(pl.lit(name)),
        ):
            found = self._entities().filter(condition).select("iri", "label").collect()
            if found.height:
                return found.unique("iri", keep="first", maintain_order=True).sort("iri")
        return found

    def links_of(self, iris: list[str]) -> pl.DataFrame:
        """The links of the entities named *iris*, whichever side they are on, best first."""
        return self.links.filter(_either_side(iris)).collect()

    def partners_of(self, iri: str, like: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """What the entity *iri* is linked with.

        Args:
            iri: the entity, on either side.
            like: a link or candidate; only links between the same two graphs are given.

        Returns:
            ``iri``, ``label``, ``probability`` and ``status`` of each partner, best first.
        """
        links = self.links_of([iri])
        for column in GRAPH_COLUMNS:
            if like is not None and column in links.columns:
                links = links.filter(pl.col(column) == like[column])
        own = pl.col("source") == iri
        return links.select(
            iri=pl.when(own).then("target").otherwise("source"),
            label=pl.when(own).then("target_label").otherwise("source_label"),
            probability="probability",
            status="status",
        )

    def candidates_of(self, iris: list[str]) -> pl.DataFrame:
        """The candidates kept for the entities named *iris*, best first; empty without the table."""
        if self.candidates is None:
            return pl.DataFrame(schema=dict.fromkeys(("source", "target"), pl.String))
        return (
            self.candidates.filter(_either_side(iris))
            .collect()
            .sort("weight", "source", "target", descending=[True, False, False])
        )

    def _entities(self) -> pl.LazyFrame:
        """``iri``, ``label`` and ``name``: a row for each name by which an entity is known."""
        names = [
            pl.concat_list(pl.col(f"{side}_names").fill_null([]), f"{side}_label").list.unique()
            for side in _SIDES
        ]
        tables = [
            self.links.select(iri=side, label=f"{side}_label", name=name).explode("name")
            for side, name in zip(_SIDES, names, strict=True)
        ]
        if self.candidates is not None:
            tables += [
                self.candidates.select(iri=side, label=f"{side}_label", name=f"{side}_label")
                for side in _SIDES
            ]
        return pl.concat(tables)


def _scanned(path: Path) -> pl.LazyFrame:
    try:
        table = pl.scan_parquet(path, glob=False)
        table.collect_schema()
    except FileNotFoundError:
        raise InputError("there are no links here", path=path, remedy="name a run's folder") from None
    except (pl.exceptions.PolarsError, OSError):
        raise InputError(
            "not a table of links", path=path, remedy="name a run's folder or its links.parquet"
        ) from None
    return table


def _either_side(iris: list[str]) -> pl.Expr:
    return pl.any_horizontal(pl.col(side).is_in(iris) for side in _SIDES)


def _folded(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKC").str.to_lowercase()
