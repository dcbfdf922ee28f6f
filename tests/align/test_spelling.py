from __future__ import annotations

import numpy as np
import pytest

from kgalign.align.signals.spelling import products, weighted_grams, within_budget, without_frequent

FIRST, SECOND = ["paris", "park", "berlin"], ["paris", "oslo", ""]


def test_rows_have_length_one_or_zero() -> None:
    first, second = weighted_grams([FIRST, SECOND])
    assert first.shape[1] == second.shape[1]
    assert np.asarray(second.multiply(second).sum(axis=1)).ravel() == pytest.approx([1, 1, 0], abs=1e-5)


def test_products_are_those_of_the_rows_asked_for() -> None:
    first, second = weighted_grams([FIRST, SECOND])
    rows, columns = np.array([0, 1, 2, 0]), np.array([0, 0, 1, 2])
    found = products(first, second, rows, columns)
    assert found == pytest.approx((first @ second.T).toarray()[rows, columns], abs=1e-6)
    assert found[0] == pytest.approx(1)
    assert 0 < found[1] < 1
    assert found[3] == 0


def test_frequent_grams_find_nothing() -> None:
    grams = weighted_grams([FIRST, SECOND])
    counts = np.bincount(np.concatenate([matrix.indices for matrix in grams]))
    reduced = without_frequent(grams, 2)
    kept = np.unique(np.concatenate([matrix.indices for matrix in reduced]))
    assert counts.max() > 2
    assert counts[kept].max() == 2
    assert without_frequent(grams, counts.max())[0].nnz == grams[0].nnz


def test_the_rarest_grams_are_searched_by_as_far_as_the_budget_goes() -> None:
    queries, keys = weighted_grams([["paris", "park", "oslo"], ["paris", "pais", "par", "para", "q"]])
    occurrences = np.bincount(keys.indices, minlength=keys.shape[1])
    for budget in (0, 4, 9, 1000):
        reduced = within_budget(queries, keys, budget)
        for row in range(queries.shape[0]):
            dear_last = sorted(queries[row].indices, key=lambda gram: (occurrences[gram], gram))
            visits = np.cumsum(occurrences[dear_last])
            affordable = np.array(dear_last)[visits <= budget]
            assert sorted(reduced[row].indices) == sorted(affordable)
    assert within_budget(queries, keys, 1000).nnz == queries.nnz
    assert 0 < within_budget(queries, keys, 4).nnz < queries.nnz
