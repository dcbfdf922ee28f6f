"""Label signals: meaning (a multilingual encoder) and spelling (romanised character n-grams)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from kgalign.align.all_pairs import Found
from kgalign.align.candidates import Ids, Pairs, Scores, blocks_of_work, pairwise_products
from kgalign.align.nearest import nearest_both_ways, pairs_of
from kgalign.align.signals.spelling import products, weighted_grams, within_budget, without_frequent
from kgalign.align.signals.texts import Texts
from kgalign.align.signals.vectors import Matrix, centred_by_language, unit_rows
from kgalign.encode import TextEncoder

_HUBNESS_NEIGHBOURS = 10
_FREQUENT_GRAM = 0.05
# Up to about 40,000 names hardly a name has as many entries to visit, so nothing changes for them.
_POSTINGS_VISITED = 20_000
_NAME_PAIRS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class _Side:
    """One graph's names as vectors, a row per (entity, text)."""

    entity: Ids
    first_row: Ids
    names: Ids
    meaning: Matrix
    spelling: sparse.csr_matrix


class LabelSignal:
    """Compares the names of two graphs' entities; the best pair of names counts.

    Vectors of the meaning encoder are centred per graph and language: multilingual encoders give
    each language an offset of its own, which says nothing about the entity.

    Args:
        first: names of one graph.
        second: names of the other.
        encoder: the encoder for meaning.
        name_pairs_limit: with more pairs of names than this, candidates are proposed by the mean of
            each entity's names instead of by every name; scores compare every name all the same.
    """

    def __init__(
        self, first: Texts, second: Texts, encoder: TextEncoder, name_pairs_limit: int = 4_000_000_000
    ) -> None:
        self._sizes = (first.entities, second.entities)
        sides = [_texts_and_languages(texts) for texts in (first, second)]
        spelling = weighted_grams([texts for texts, _ in sides])
        both = encoder.encode([text for texts, _ in sides for text in texts])
        cut = len(sides[0][0])
        meaning = [
            centred_by_language(vectors, languages)
            for vectors, (_, languages) in zip((both[:cut], both[cut:]), sides, strict=True)
        ]
        self._sides = tuple(
            _side(texts, vectors, grams)
            for texts, vectors, grams in zip((first, second), meaning, spelling, strict=True)
        )
        self._search_by_means = len(first.rows) * len(second.rows) > name_pairs_limit
        self._hubness: tuple[Matrix, Matrix] = (
            np.zeros(first.entities, np.float32),
            np.zeros(second.entities, np.float32),
        )

    @property
    def usable(self) -> bool:
        """Whether both graphs have names at all."""
        return all(len(side.entity) for side in self._sides)

    def propose(self, count: int) -> list[tuple[Ids, Ids]]:
        """The *count* closest targets of each source, and sources of each target, by each encoder.

        Also learns each entity's hubness (the mean similarity to its ten closest), which
        :meth:`score` takes off: cross-domain similarity local scaling (CSLS; Conneau et al. 2018).
        """
        if not self.usable:
            return []
        proposed = []
        in_meaning = self._closest_in_meaning(count)
        for number in (0, 1):
            queries, keys = self._sides[number], self._sides[1 - number]
            for own, other in (
                in_meaning[number],
                _closest_in_spelling(queries, keys, count),
            ):
                proposed.append((own, other) if number == 0 else (other, own))
        return proposed

    def score(self, pairs: Pairs) -> dict[str, Scores]:
        """``label``: cosine less both entities' hubness; ``characters``: cosine of the spellings."""
        meaning = np.full(len(pairs), -np.inf, np.float32)
        spelling = np.full(len(pairs), -np.inf, np.float32)
        if self.usable:
            first, second = self._sides
            work = first.names[pairs.source] * second.names[pairs.target]
            for block in blocks_of_work(work, _NAME_PAIRS_AT_ONCE):
                self._score_block(pairs, block, meaning, spelling)
        hubness = (self._hubness[0][pairs.source] + self._hubness[1][pairs.target]) / 2
        named = np.isfinite(meaning)
        return {
            "label": np.where(named, meaning - hubness, 0).astype(np.float32),
            "characters": np.where(named, spelling, 0).astype(np.float32),
        }

    def _score_block(self, pairs: Pairs, block: slice, meaning: Scores, spelling: Scores) -> None:
        first, second = self._sides
        row, own, other = self._name_pairs(pairs.source[block], pairs.target[block])
        row += block.start
        np.maximum.at(meaning, row, pairwise_products(first.meaning, second.meaning, own, other))
        np.maximum.at(spelling, row, products(first.spelling, second.spelling, own, other))

    @cached_property
    def entity_vectors(self) -> tuple[Matrix, Matrix]:
        """One vector per entity: the mean of its names' meaning vectors, 0 for a nameless entity."""
        vectors: list[Matrix] = []
        for side, size in zip(self._sides, self._sizes, strict=True):
            total = np.zeros((size, side.meaning.shape[1]), np.float32)
            for position in range(int(side.names.max(initial=0))):
                has = np.flatnonzero(side.names > position)
                total[has] += side.meaning[side.first_row[has] + position]
            total /= np.maximum(side.names, 1)[:, None].astype(np.float32)
            vectors.append(total)
        return vectors[0], vectors[1]

    def _closest_in_meaning(self, count: int) -> list[tuple[Ids, Ids]]:
        searched = [self._searched(number) for number in (0, 1)]
        entities = [entity for entity, _ in searched]
        # Several names of one entity may fill the list, so more are asked for where that can be.
        spread = max(-(-len(entity) // max(len(np.unique(entity)), 1)) for entity in entities)
        kept = max(count, _HUBNESS_NEIGHBOURS)
        found = nearest_both_ways(searched[0][1], searched[1][1], kept * spread)
        return [
            self._closest_entities(number, entities[number], entities[1 - number], found[number], kept)
            for number in (0, 1)
        ]

    def _closest_entities(
        self, number: int, own: Ids, other: Ids, found: Found, kept: int
    ) -> tuple[Ids, Ids]:
        """From the closest names to the *kept* closest entities; learns the hubness of one side."""
        scores, names = found
        asking, there = pairs_of(names)
        frame = (
            pl.DataFrame({"own": own[asking], "other": other[there], "score": scores[names >= 0]})
            .group_by("own", "other")
            .agg(pl.max("score"))
            .sort("own", "score", "other", descending=[False, True, False])
            .group_by("own", maintain_order=True)
            .head(kept)
        )
        near = frame.group_by("own", maintain_order=True).head(_HUBNESS_NEIGHBOURS)
        owner, near_score = near["own"].to_numpy(), near["score"].to_numpy().astype(np.float64)
        size = self._sizes[number]
        counts = np.maximum(np.bincount(owner, minlength=size), 1)
        self._hubness[number][:] = np.bincount(owner, near_score, size) / counts
        return frame["own"].to_numpy(), frame["other"].to_numpy()

    def _searched(self, number: int) -> tuple[Ids, Matrix]:
        """Entities and vectors to search among: every name, or one mean per named entity."""
        side = self._sides[number]
        if not self._search_by_means:
            return side.entity, side.meaning
        named = np.flatnonzero(side.names > 0)
        return named, unit_rows(self.entity_vectors[number][named])

    def _name_pairs(self, source: Ids, target: Ids) -> tuple[Ids, Ids, Ids]:
        """Every name of each source with every name of its target: pair number, and both rows."""
        first, second = self._sides
        of_source, of_target = first.names[source], second.names[target]
        combinations = of_source * of_target
        row = np.repeat(np.arange(len(source)), combinations)
        start = np.concatenate([[0], np.cumsum(combinations)[:-1]])
        number = np.arange(len(row)) - start[row]
        width = of_target[row]
        return (
            row,
            first.first_row[source[row]] + number // width,
            second.first_row[target[row]] + number % width,
        )


def _texts_and_languages(texts: Texts) -> tuple[list[str], NDArray[np.str_]]:
    return texts.rows["text"].to_list(), texts.rows["language"].to_numpy().astype(str)


def _side(texts: Texts, meaning: Matrix, spelling: sparse.csr_matrix) -> _Side:
    entity = texts.rows["entity"].to_numpy().astype(np.int64)
    names = np.bincount(entity, minlength=texts.entities)
    first_row = np.concatenate([[0], np.cumsum(names)[:-1]])
    return _Side(entity, first_row, names, meaning, spelling)


def _closest_in_spelling(queries: _Side, keys: _Side, count: int) -> tuple[Ids, Ids]:
    """Texts of highest cosine, found through the rarest n-grams: none that every twentieth text has."""
    total = queries.spelling.shape[0] + keys.spelling.shape[0]
    reduced = without_frequent([queries.spelling, keys.spelling], max(_FREQUENT_GRAM * total, 10))
    asking = within_budget(reduced[0], reduced[1], _POSTINGS_VISITED)
    best = sp_matmul_topn(asking, sparse.csr_matrix(reduced[1].T), top_n=count, sort=True)
    rows = np.repeat(np.arange(best.shape[0]), np.diff(best.indptr))
    return queries.entity[rows], keys.entity[best.indices]
