from __future__ import annotations

import numpy as np
import pytest

from kgalign.align import all_pairs as all_pairs_module
from kgalign.align.all_pairs import all_pairs
from kgalign.align.signals.vectors import unit_rows


def test_a_row_that_takes_most_of_a_tile_keeps_its_best(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_pairs_module, "_TILE", 64)
    angles = np.linspace(1.5, 0.1, 640)
    columns = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    rows = np.repeat(np.array([[0, 1]], np.float32), 64, axis=0)
    rows[7] = (1, 0)
    (_, numbers), _ = all_pairs(rows, columns, 2, (64, 0))
    assert numbers[7].tolist() == [639, 638]
    assert numbers[8].tolist() == [0, 1]


def test_rows_that_do_not_ask_are_found_but_get_no_answer() -> None:
    rows, columns = np.eye(5, 4, dtype=np.float32), np.eye(4, dtype=np.float32)[::-1].copy()
    there, back = all_pairs(rows, columns, 1, (2, 3))
    assert there[1].tolist() == [[3], [2]]
    assert back[1].tolist() == [[3], [2], [1]]


def test_rounded_products_find_nearly_the_same() -> None:
    random = np.random.default_rng(0)
    rows, columns = (unit_rows(random.normal(size=(300, 16)).astype(np.float32)) for _ in range(2))
    exact, _ = all_pairs(rows, columns, 10, (300, 0))
    rounded, _ = all_pairs(rows, columns, 10, (300, 0), in_bfloat16=True)
    assert np.abs(exact[0] - rounded[0]).max() < 0.01
    assert np.mean(exact[1][:, :1] == rounded[1][:, :5]) * 5 > 0.99
