from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kgalign.align import candidates
from kgalign.align.candidates import Pairs, pairwise_products, top_k


def test_top_k_equals_a_full_sort_across_blocks(monkeypatch) -> None:
    monkeypatch.setattr(candidates, "_BLOCK_CELLS", 64)
    rng = np.random.default_rng(0)
    queries, keys = rng.normal(size=(23, 8)).astype(np.float32), rng.normal(size=(17, 8)).astype(np.float32)
    scores, numbers = top_k(queries, keys, 5)
    full = queries @ keys.T
    for row in range(23):
        assert numbers[row].tolist() == np.argsort(-full[row], kind="stable")[:5].tolist()
        assert np.allclose(scores[row], np.sort(full[row])[::-1][:5], atol=1e-5)


def test_top_k_with_fewer_keys_than_asked() -> None:
    scores, numbers = top_k(np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32)[:2], 10)
    assert scores.shape == numbers.shape == (3, 2)


def test_pairwise_products_equal_the_matrix() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(4, 3)).astype(np.float32), rng.normal(size=(5, 3)).astype(np.float32)
    rows, columns = np.array([0, 3, 2, 2]), np.array([4, 0, 1, 1])
    assert np.allclose(pairwise_products(first, second, rows, columns), (first @ second.T)[rows, columns])


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 8))),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 8))),
)
def test_union_is_sorted_distinct_and_findable(
    one: list[tuple[int, int]], two: list[tuple[int, int]]
) -> None:
    parts = [
        (np.array([s for s, _ in part], np.int64), np.array([t for _, t in part], np.int64))
        for part in (one, two)
    ]
    pairs = Pairs.union(parts, 7, 9)
    assert list(zip(pairs.source.tolist(), pairs.target.tolist(), strict=True)) == sorted({*one, *two})
    assert pairs.position(pairs.source, pairs.target).tolist() == list(range(len(pairs)))
    absent = sorted({(s, t) for s in range(7) for t in range(9)} - {*one, *two})
    found = pairs.position(np.array([s for s, _ in absent]), np.array([t for _, t in absent]))
    assert (found == -1).all()
