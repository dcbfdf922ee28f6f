"""How well two names translate each other, by a lexicon learnt from the pairs matched so far.

Confident pairs of names teach which words and n-grams of one graph's names go with which of the
other's: 足球 with football, 市 with city, 克 with k (see :mod:`.translation_model`).

A name explains parts of another: a part *f* by ``log(1 + λ/(1-λ) · p(f | name) / p(f))`` nats, which is
most where ``p(f | name)`` is 1. The score of two names is the geometric mean of what each explains of
the other, as a share of the most there could be: a number in [0, 1].

A pair must not speak for itself. The sources are dealt into folds, one lexicon is learnt without each,
and a source's candidates are scored by the lexicon that has not seen the source's own pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kgalign.align.candidates import Ids, Pairs, Scores, blocks_of_work
from kgalign.align.signals.name_features import name_features
from kgalign.align.signals.texts import Texts
from kgalign.align.signals.translation_model import ParallelNames, Translations

Values = NDArray[np.float64]

_FOLDS = 5
# More pairs than this add little, and each takes some 60 kB while learning.
_MOST_PAIRS = 25_000
# λ: how far the lexicon is trusted against the background.
_TRUST = 0.9
_NAME_PAIRS_AT_ONCE = 2_000_000
# What is looked up at once: at most so many parts, of fewer names by so many parts for each. The table of
# these names by these parts then has at most some 8 million cells, however many parts there are in all.
_PARTS_AT_ONCE = 65_536
_PARTS_PER_NAME = 512


@dataclass(frozen=True)
class _Names:
    """One graph's names by their parts.

    Attributes:
        parts: names × parts, ones.
        first_row: of each entity.
        names: number of names of each entity.
    """

    parts: sparse.csr_matrix
    first_row: Ids
    names: Ids

    @classmethod
    def of(cls, texts: Texts) -> _Names:
        names = np.bincount(texts.rows["entity"].to_numpy().astype(np.int64), minlength=texts.entities)
        return cls(name_features(texts.rows["text"]), np.cumsum(names) - names, names)


class Lexicon:
    """Scores candidate pairs; made by :meth:`learn`.

    Args:
        first: names of one graph.
        second: names of the other.
        folds: what was learnt without the sources of each fold.
        fold: of each source.
    """

    def __init__(self, first: _Names, second: _Names, folds: Sequence[Translations], fold: Ids) -> None:
        self._names = (first, second)
        self._folds = folds
        self._fold = fold

    @classmethod
    def learn(cls, first: Texts, second: Texts, source: Ids, target: Ids) -> Lexicon:
        """Learn from pairs of entities, each by the first names of its two.

        Wrong pairs do little harm while they are few, for they agree with no other pair. Of more than
        25,000 pairs, every second (third, …) is taken.

        Args:
            first: names of one graph.
            second: names of the other.
            source: entities of the first graph.
            target: their partners in the second.
        """
        own, other = _Names.of(first), _Names.of(second)
        named = np.flatnonzero((own.names[source] > 0) & (other.names[target] > 0))
        named = named[:: max(1, -(-len(named) // _MOST_PAIRS))]
        source, target = source[named], target[named]
        pairs = ParallelNames(own.parts[own.first_row[source]], other.parts[other.first_row[target]])
        fold = np.arange(first.entities) % _FOLDS
        return cls(own, other, [pairs.translations(fold[source] != number) for number in range(_FOLDS)], fold)

    def score(self, pairs: Pairs) -> Scores:
        """How well the names of each pair translate each other; the best pair of names counts.

        Returns:
            float32 in [0, 1] per pair; 0 where an entity has no name.
        """
        scores = np.zeros(len(pairs), np.float32)
        first, second = self._names
        for number, translations in enumerate(self._folds):
            rows = np.flatnonzero(self._fold[pairs.source] == number)
            work = first.names[pairs.source[rows]] * second.names[pairs.target[rows]]
            for block in blocks_of_work(work, _NAME_PAIRS_AT_ONCE):
                chosen = rows[block]
                pair, own, other = self._name_pairs(pairs.source[chosen], pairs.target[chosen])
                forward = _explained(
                    first.parts,
                    second.parts,
                    own,
                    other,
                    translations.forward,
                    translations.second_background,
                )
                backward = _explained(
                    second.parts,
                    first.parts,
                    other,
                    own,
                    translations.backward,
                    translations.first_background,
                )
                np.maximum.at(scores, chosen[pair], np.sqrt(forward * backward).astype(np.float32))
        return scores

    def _name_pairs(self, source: Ids, target: Ids) -> tuple[Ids, Ids, Ids]:
        """Every name of each source with every name of its target: pair number, and both rows."""
        first, second = self._names
        width = second.names[target]
        combinations = first.names[source] * width
        pair = np.repeat(np.arange(len(source)), combinations)
        number = np.arange(len(pair)) - (np.cumsum(combinations) - combinations)[pair]
        return (
            pair,
            first.first_row[source[pair]] + number // width[pair],
            second.first_row[target[pair]] + number % width[pair],
        )


def _explained(
    giving: sparse.csr_matrix,
    receiving: sparse.csr_matrix,
    given: Ids,
    received: Ids,
    probability: sparse.csr_matrix,
    background: Values,
) -> Values:
    """Which share of each received name the name given with it explains, in [0, 1].

    Args:
        giving: names × parts of one side.
        receiving: names × parts of the other.
        given: rows of *giving*.
        received: a row of *receiving* for each.
        probability: of a received part given a given part.
        background: of each received part.
    """
    odds = _TRUST / ((1 - _TRUST) * background)
    most = np.log1p(odds)
    counts = np.diff(receiving.indptr).astype(np.int64)
    order = np.argsort(given, kind="stable")
    fresh = np.diff(given[order], prepend=-1) != 0
    work = counts[received[order]] + fresh * _PARTS_PER_NAME
    shares = np.zeros(len(given))
    means = _row_means(giving)
    columns = np.full(receiving.shape[1], -1, np.int64)
    for block in blocks_of_work(work, _PARTS_AT_ONCE):
        rows = order[block]
        names, place = np.unique(given[rows], return_inverse=True)
        wanted = counts[received[rows]]
        pair = np.repeat(np.arange(len(rows)), wanted)
        number = np.arange(len(pair)) - (np.cumsum(wanted) - wanted)[pair]
        part = receiving.indices[receiving.indptr[received[rows]][pair] + number]
        likely = _looked_up(means[names] @ probability, place[pair], part, columns)
        known = np.bincount(pair, np.log1p(odds[part] * likely), len(rows))
        shares[rows] = known / np.maximum(np.bincount(pair, most[part], len(rows)), 1e-9)
    return shares


def _looked_up(matrix: sparse.csr_matrix, row: Ids, column: Ids, columns: Ids) -> Scores:
    """``matrix[row[i], column[i]]``, by a table of no other columns than those asked for.

    Args:
        matrix: few rows, any number of columns.
        row: of each wanted cell.
        column: of each wanted cell.
        columns: -1 for each column of *matrix*; the same afterwards.
    """
    columns[column] = np.arange(len(column))
    distinct = column[columns[column] == np.arange(len(column))]
    columns[distinct] = np.arange(len(distinct))
    table = np.zeros((matrix.shape[0], len(distinct)), np.float32)
    place = columns[matrix.indices]
    there = place >= 0
    stored_row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    table[stored_row[there], place[there]] = matrix.data[there]
    found: Scores = table[row, columns[column]]
    columns[distinct] = -1
    return found


def _row_means(names: sparse.csr_matrix) -> sparse.csr_matrix:
    counts = np.maximum(np.diff(names.indptr), 1).astype(np.float32)
    return sparse.csr_matrix(sparse.diags(1 / counts, dtype=np.float32) @ names)
