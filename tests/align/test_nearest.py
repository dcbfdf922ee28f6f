from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kgalign.align import all_pairs as all_pairs_module
from kgalign.align.nearest import Search, nearest, nearest_both_ways, pairs_of
from kgalign.align.signals.vectors import unit_rows

EXACT = Search(exact_below=10**12)
ALL_PAIRS = Search(exact_below=0)
INDEX = Search(exact_below=0, all_pairs_below=0)
EVERY_WAY = pytest.mark.parametrize("search", [EXACT, ALL_PAIRS, INDEX], ids=["exact", "all pairs", "index"])

Matrix = NDArray[np.float32]


def random_units(rows: int, dimensions: int, seed: int) -> Matrix:
    return unit_rows(np.random.default_rng(seed).normal(size=(rows, dimensions)).astype(np.float32))


def clustered(rows: int, seed: int, dimensions: int = 64) -> tuple[Matrix, Matrix]:
    """Vectors in clusters and, in another order, vectors not far from them."""
    random = np.random.default_rng(seed)
    spectrum = np.arange(1, dimensions + 1) ** -0.5

    def noise(count: int) -> Matrix:
        return unit_rows((random.normal(size=(count, dimensions)) * spectrum).astype(np.float32))

    keys = unit_rows(noise(rows // 50)[random.integers(rows // 50, size=rows)] + 0.8 * noise(rows))
    return unit_rows(keys[random.permutation(rows)] + 0.5 * noise(rows)), keys


def best_of(queries: Matrix, keys: Matrix, count: int) -> tuple[Matrix, NDArray[np.int64]]:
    """The plain way: all products, sorted."""
    products = queries @ keys.T
    order = np.argsort(-products, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(products, order, axis=1), order


def recall(found: NDArray[np.int64], expected: NDArray[np.int64]) -> float:
    return float((expected[:, :, None] == found[:, None, :]).any(axis=2).mean())


@pytest.mark.parametrize("tile", [4, 7, 2048])
def test_exact_search_equals_a_full_sort(tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_pairs_module, "_TILE", tile)
    first, second = random_units(33, 8, 0), random_units(29, 8, 1)
    there, back = nearest_both_ways(first, second, 5)
    for (scores, numbers), expected in (
        (there, best_of(first, second, 5)),
        (back, best_of(second, first, 5)),
    ):
        assert numbers.tolist() == expected[1].tolist()
        assert np.allclose(scores, expected[0], atol=1e-6)
    assert nearest(first, second, 5)[1].tolist() == there[1].tolist()


def test_the_best_are_kept_whatever_order_they_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_pairs_module, "_TILE", 8)
    angles = np.linspace(1.5, 0.1, 300)
    keys = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    # Every key is better for the first query than those before it, and worse for the second.
    queries = np.eye(2, dtype=np.float32)
    _, numbers = nearest(queries, keys, 3)
    assert numbers.tolist() == [[299, 298, 297], [0, 1, 2]]
    (_, there), _ = nearest_both_ways(np.repeat(queries, 20, axis=0), keys, 3)
    assert there.tolist() == np.repeat(numbers, 20, axis=0).tolist()


@given(
    st.integers(0, 12),
    st.integers(0, 12),
    st.integers(1, 5),
    st.integers(1, 9),
    st.sampled_from([EXACT, ALL_PAIRS, INDEX]),
    st.integers(0, 3),
)
def test_any_shape_is_answered(
    first: int, second: int, dimensions: int, count: int, search: Search, zeros: int
) -> None:
    one, two = random_units(first, dimensions, 0), random_units(second, dimensions, 1)
    one[:zeros], two[second - min(zeros, second) :] = 0, 0
    for found, (own, other) in zip(
        nearest_both_ways(one, two, count, search=search), ((one, two), (two, one)), strict=True
    ):
        scores, numbers = found
        assert scores.shape == numbers.shape == (len(own), count)
        assert np.array_equal(numbers < 0, scores == -np.inf)
        asking, near = pairs_of(numbers)
        assert np.all(np.any(own[asking] != 0, axis=1)) and np.all(np.any(other[near] != 0, axis=1))
        assert len(set(zip(asking.tolist(), near.tolist(), strict=True))) == len(asking)
        assert np.allclose(scores[numbers >= 0], (own @ other.T)[asking, near], atol=1e-6)
        assert np.all(scores[:, :-1] >= scores[:, 1:])
        expected = min(count, int(other.any(axis=1).sum()))
        assert (numbers >= 0).sum(axis=1).tolist() == np.where(own.any(axis=1), expected, 0).tolist()


@EVERY_WAY
def test_nearly_all_of_the_nearest_are_found(search: Search) -> None:
    queries, keys = clustered(3000, seed=0)
    there, back = nearest_both_ways(queries, keys, 30, search=search)
    assert recall(there[1], best_of(queries, keys, 10)[1]) >= 0.97
    assert recall(back[1], best_of(keys, queries, 10)[1]) >= 0.97


@EVERY_WAY
def test_the_same_vectors_give_the_same_answer(search: Search) -> None:
    queries, keys = clustered(1000, seed=1)
    runs = [nearest_both_ways(queries, keys, 5, search=search) for _ in range(2)]
    for one, two in zip(*runs, strict=True):
        assert np.array_equal(one[0], two[0]) and np.array_equal(one[1], two[1])


def test_a_crowd_of_equal_keys_hides_nothing_from_the_index() -> None:
    queries, keys = clustered(1500, seed=2)
    crowded = np.concatenate([keys, np.repeat(keys[:2], 1500, axis=0)])
    scores, numbers = nearest(queries, crowded, 10, search=INDEX)
    expected, _ = best_of(queries, crowded, 10)
    assert np.mean(scores >= expected[:, -1:] - 1e-6) >= 0.97
    assert all(len(set(row)) == 10 for row in numbers.tolist())


@EVERY_WAY
def test_only_the_rows_asked_for_ask_and_are_found(search: Search) -> None:
    queries, keys = random_units(40, 6, 0), random_units(50, 6, 1)
    queries[3] = 0
    asking, findable = np.array([3, 7, 30, 31]), np.arange(10, 50, 3)
    scores, numbers = nearest(queries, keys, 4, search=search, query_rows=asking, key_rows=findable)
    expected = findable[best_of(queries[asking], keys[findable], 4)[1]]
    assert numbers[0].tolist() == [-1] * 4
    assert numbers[1:].tolist() == expected[1:].tolist()
    assert np.allclose(
        scores[1:], (queries[asking] @ keys.T)[np.arange(1, 4)[:, None], numbers[1:]], atol=1e-6
    )


@EVERY_WAY
@pytest.mark.parametrize("tile", [8, 2048])
def test_both_ways_every_row_is_found_though_few_ask(
    search: Search, tile: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(all_pairs_module, "_TILE", tile)
    first, second = random_units(40, 6, 2), random_units(50, 6, 3)
    asking = np.array([5, 1, 39]), np.arange(20, 50)
    there, back = nearest_both_ways(
        first, second, 4, search=search, first_asking=asking[0], second_asking=asking[1]
    )
    assert there[1].tolist() == best_of(first[asking[0]], second, 4)[1].tolist()
    assert back[1].tolist() == best_of(second[asking[1]], first, 4)[1].tolist()


def test_pairs_of_leaves_out_what_was_not_found() -> None:
    numbers = np.array([[4, -1], [-1, -1], [0, 2]])
    asking, near = pairs_of(numbers, np.array([7, 8, 9]))
    assert (asking.tolist(), near.tolist()) == ([7, 9, 9], [4, 0, 2])
