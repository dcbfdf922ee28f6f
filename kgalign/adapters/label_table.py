"""The names in a graph by entity and language, laid out so that a batch of them is drawn at once.

A *cell* is an entity in a language: it holds the preferred label and the aliases. Drawing weighs each
language by a power of its number of cells, so that small languages don't drown in large ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.kg import IRI_ORIGIN

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]
# The language of labels that name none (BCP 47, "undetermined").
UNDETERMINED = "und"


@dataclass(frozen=True)
class LabelTable:
    """Names of entities, or of relations.

    Attributes:
        languages: the languages, by code; cells name them by position.
        texts: all names; those of a cell stand together, the preferred one first.
        start: where the names of each cell begin (one more at the end).
        language: the language of each cell.
        owner: the entity of each cell; cells are sorted by it.
        owner_start: where the cells of each entity begin (one more at the end).
    """

    languages: tuple[str, ...]
    texts: tuple[str, ...]
    start: Ids
    language: Ids
    owner: Ids
    owner_start: Ids

    @classmethod
    def of(cls, labels: pl.DataFrame, owners: int, languages: Sequence[str] | None = None) -> LabelTable:
        """Lay out a store's labels.

        Args:
            labels: an entity or relation id in the first column; ``text``, ``language``, ``preferred``,
                ``origin``. Names taken from IRIs count only where there are no others at all: most are
                codes.
            owners: how many entities or relations there are.
            languages: only these; None for all.
        """
        given = labels.filter(pl.col("origin") != IRI_ORIGIN)
        known = (
            (given if given.height else labels)
            .select(
                owner=pl.nth(0).cast(pl.Int64),
                language=pl.col("language").fill_null(UNDETERMINED),
                text="text",
                preferred="preferred",
            )
            .filter(pl.col("text").str.strip_chars() != "")
        )
        if languages is not None:
            known = known.filter(pl.col("language").is_in(list(languages)))
        known = known.unique(["owner", "language", "text"], keep="first", maintain_order=True).sort(
            "owner", "language", ~pl.col("preferred"), "text"
        )
        codes = known["language"].unique().sort().to_list()
        numbers = known["language"].replace_strict(codes, range(len(codes)), return_dtype=pl.Int64)
        owner, language = known["owner"].to_numpy(), numbers.to_numpy()
        change = np.ones(len(owner), bool)
        change[1:] = (owner[1:] != owner[:-1]) | (language[1:] != language[:-1])
        first = np.flatnonzero(change)
        return cls(
            languages=tuple(codes),
            texts=tuple(known["text"].to_list()),
            start=np.append(first, len(owner)),
            language=language[first],
            owner=owner[first],
            owner_start=np.searchsorted(owner[first], np.arange(owners + 1)),
        )

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(self.owner)

    def cell_count(self) -> Ids:
        """In how many languages each entity has a name."""
        counts: Ids = np.diff(self.owner_start)
        return counts

    def by_language(self) -> dict[str, int]:
        """How many entities have a name in each language."""
        counts = np.bincount(self.language, minlength=len(self.languages))
        return dict(zip(self.languages, counts.tolist(), strict=True))

    def weights(self, smoothing: float) -> NDArray[np.float64]:
        """The weight of each cell such that a language weighs ``cells ** smoothing`` in all."""
        counts = np.bincount(self.language, minlength=len(self.languages)).astype(float)
        weights: NDArray[np.float64] = (np.maximum(counts, 1) ** (smoothing - 1))[self.language]
        return weights

    def draw_names(self, cells: Ids, aliases: float, generator: np.random.Generator) -> list[str]:
        """A name of each cell: the preferred one, or any with probability *aliases*."""
        first, count = self.start[cells], np.diff(self.start)[cells]
        other = (generator.random(len(cells)) * count).astype(np.int64)
        chosen = first + np.where(generator.random(len(cells)) < aliases, other, 0)
        return [self.texts[place] for place in chosen.tolist()]

    def names(self, cells: Ids) -> list[str]:
        """The preferred name of each cell."""
        return [self.texts[place] for place in self.start[cells].tolist()]

    def draw_cells(
        self,
        owners: Ids,
        weights: NDArray[np.float64],
        generator: np.random.Generator,
        *,
        avoid: Ids | None = None,
        prefer: Ids | None = None,
        forbidden: Callable[[Ids, Ids], Mask] | None = None,
    ) -> Ids:
        """A cell of each entity, by weight (Gumbel's trick).

        Args:
            owners: entities, each with at least one cell.
            weights: of all cells, above zero.
            generator: the source of chance.
            avoid: a cell for each entity that is not drawn unless it is the only one.
            prefer: a language for each entity (-1 for none) whose cell is taken if there is one.
            forbidden: says of positions in *owners*, each with one of its cells, whether that cell must
                not be drawn; it is only where nothing else is left.
        """
        first, count = self.owner_start[owners], np.diff(self.owner_start)[owners]
        group = np.repeat(np.arange(len(owners)), count)
        begin = np.cumsum(count) - count
        cells = np.arange(len(group)) - np.repeat(begin - first, count)
        keys = np.log(weights[cells]) - np.log(generator.exponential(size=len(cells)))
        if prefer is not None:
            keys[self.language[cells] == prefer[group]] = np.inf
        if avoid is not None:
            keys[cells == avoid[group]] = -np.inf
        if forbidden is not None:
            keys[forbidden(group, cells)] = -np.inf
        best: Ids = cells[np.lexsort((keys, group))[begin + count - 1]]
        return best
