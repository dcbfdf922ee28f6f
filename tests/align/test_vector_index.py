from __future__ import annotations

import numpy as np

from kgalign.align.signals.vectors import unit_rows
from kgalign.align.vector_index import indexed_nearest


def test_threads_change_nothing() -> None:
    random = np.random.default_rng(0)
    queries, keys = (unit_rows(random.normal(size=(800, 24)).astype(np.float32)) for _ in range(2))
    found = [indexed_nearest(queries, keys, 10, 64, threads) for threads in (1, 3)]
    assert np.array_equal(*found)
    assert np.mean(found[0][:, :1] == (queries @ keys.T).argmax(axis=1)[:, None]) > 0.9


def test_equal_keys_are_all_found_before_what_is_further_away() -> None:
    keys = np.eye(3, dtype=np.float32)[[0, 1, 0, 2, 0, 1]]
    queries = np.array([[0.9, 0.4, 0.1], [0.1, 0.4, 0.9]], np.float32)
    assert indexed_nearest(queries, keys, 4, 8, 1).tolist() == [[0, 2, 4, 1], [3, 1, 5, 0]]
    assert indexed_nearest(queries[:1], keys, 8, 8, 1).tolist() == [[0, 2, 4, 1, 5, 3, -1, -1]]


def test_nothing_is_found_among_nothing() -> None:
    nothing = np.empty((0, 3), np.float32)
    assert indexed_nearest(np.eye(3, dtype=np.float32), nothing, 2, 8, 1).tolist() == [[-1, -1]] * 3
    assert indexed_nearest(nothing, np.eye(3, dtype=np.float32), 2, 8, 1).shape == (0, 2)
