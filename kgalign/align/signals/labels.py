"""Label signals: meaning (a multilingual encoder) and spelling (romanised character n-grams)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from kgalign.align.candidates import Ids, Pairs, Scores, blocks_of_work, pairwise_products, top_k
from kgalign.align.signals.texts import Texts
from kgalign.align.signals.vectors import Matrix, unit_rows
from kgalign.encode import TextEncoder
from kgalign.encode.characters import CharacterEncoder

_SMALLEST_LANGUAGE = 100
_HUBNESS_NEIGHBOURS = 10
_FREQUENT_GRAM = 0.05
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
        spelling = _weighted_grams([texts for texts, _ in sides])
        both = encoder.encode([text for texts, _ in sides for text in texts])
        cut = len(sides[0][0])
        meaning = [
            _centred(vectors, languages)
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
        for number in (0, 1):
            queries, keys = self._sides[number], self._sides[1 - number]
            for own, other in (
                self._closest_in_meaning(number, count),
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
        np.maximum.at(spelling, row, _sparse_products(first.spelling, second.spelling, own, other))

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

    def _closest_in_meaning(self, number: int, count: int) -> tuple[Ids, Ids]:
        searched = [self._searched(side) for side in (number, 1 - number)]
        (own, own_vectors), (other, other_vectors) = searched
        # Several names of one entity may fill the list, so more are asked for where that can be.
        spread = int(np.ceil(len(other) / max(len(np.unique(other)), 1)))
        kept = max(count, _HUBNESS_NEIGHBOURS)
        scores, found = top_k(own_vectors, other_vectors, kept * spread)
        frame = (
            pl.DataFrame(
                {
                    "own": np.repeat(own, found.shape[1]),
                    "other": other[found.ravel()],
                    "score": scores.ravel(),
                }
            )
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


def _centred(vectors: Matrix, languages: NDArray[np.str_]) -> Matrix:
    """Take each language's mean off its vectors (small languages: the mean of all); unit length."""
    if len(vectors) == 0:
        return vectors
    centred = vectors - vectors.mean(axis=0)
    for language, size in zip(*np.unique(languages, return_counts=True), strict=True):
        if size >= _SMALLEST_LANGUAGE:
            rows = languages == language
            centred[rows] = vectors[rows] - vectors[rows].mean(axis=0)
    if len(vectors) < _SMALLEST_LANGUAGE:
        centred = vectors
    return unit_rows(centred)


def _weighted_grams(texts: list[list[str]]) -> list[sparse.csr_matrix]:
    """Character n-grams weighted by how rare they are in the two graphs together, unit length."""
    encoder = CharacterEncoder()
    counts = [sparse.csr_matrix(encoder.encode_sparse(side)) for side in texts]
    total = sum(matrix.shape[0] for matrix in counts)
    occurrences = sum(np.bincount(matrix.indices, minlength=matrix.shape[1]) for matrix in counts)
    rarity = np.log((total + 1) / (occurrences + 1)).astype(np.float32)
    weighted = []
    for matrix in counts:
        scaled = sparse.csr_matrix(matrix.multiply(rarity[None, :]), dtype=np.float32)
        length = np.sqrt(np.asarray(scaled.multiply(scaled).sum(axis=1)).ravel())
        weighted.append(
            sparse.csr_matrix(sparse.diags(1 / np.maximum(length, 1e-9)) @ scaled, dtype=np.float32)
        )
    return weighted


def _closest_in_spelling(queries: _Side, keys: _Side, count: int) -> tuple[Ids, Ids]:
    """Texts of highest cosine, found through the n-grams that are not in every twentieth text."""
    total = queries.spelling.shape[0] + keys.spelling.shape[0]
    occurrences = sum(
        np.bincount(side.spelling.indices, minlength=side.spelling.shape[1]) for side in (queries, keys)
    )
    telling = (occurrences <= max(_FREQUENT_GRAM * total, 10)).astype(np.float32)
    reduced = [
        sparse.csr_matrix(side.spelling.multiply(telling[None, :]), dtype=np.float32)
        for side in (queries, keys)
    ]
    for matrix in reduced:
        matrix.eliminate_zeros()
    best = sp_matmul_topn(reduced[0], sparse.csr_matrix(reduced[1].T), top_n=count, sort=True)
    rows = np.repeat(np.arange(best.shape[0]), np.diff(best.indptr))
    return queries.entity[rows], keys.entity[best.indices]


def _sparse_products(first: sparse.csr_matrix, second: sparse.csr_matrix, rows: Ids, columns: Ids) -> Scores:
    products = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), 200_000):
        block = slice(start, start + 200_000)
        together = first[rows[block]].multiply(second[columns[block]])
        products[block] = np.asarray(together.sum(axis=1)).ravel()
    return products
