from __future__ import annotations

import numpy as np
import torch

from kgalign.align.shortening import rescored, shortened
from kgalign.align.signals.vectors import Matrix, unit_rows


def flat_and_wide(rows: int, seed: int) -> Matrix:
    """Vectors of 100 numbers that lie in 10 directions."""
    random = np.random.default_rng(seed)
    directions = np.random.default_rng(0).normal(size=(10, 100))
    return unit_rows((random.normal(size=(rows, 10)) @ directions).astype(np.float32))


def test_directions_that_nothing_lies_in_are_left_out() -> None:
    first, second = flat_and_wide(200, 1), flat_and_wide(150, 2)
    short = shortened(first, second, 0.99)
    assert short[0].shape == (200, 32) and short[1].shape == (150, 32)
    assert np.allclose(short[0] @ short[1].T, first @ second.T, atol=1e-5)


def test_vectors_that_need_all_their_numbers_stay_as_they_are() -> None:
    first = unit_rows(np.random.default_rng(0).normal(size=(500, 40)).astype(np.float32))
    assert shortened(first, first, 0.99)[0] is first


def test_shortening_is_repeatable_and_draws_nothing_from_the_common_random_numbers() -> None:
    first, second = flat_and_wide(200, 1), flat_and_wide(150, 2)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one = shortened(first, second, 0.5)
    assert torch.equal(before, torch.random.get_rng_state())
    torch.manual_seed(6)
    assert np.array_equal(one[0], shortened(first, second, 0.5)[0])


def test_candidates_are_put_in_the_order_of_the_whole_vectors() -> None:
    keys = np.eye(4, dtype=np.float32)
    queries = np.array([[0.1, 0.9, 0.3, 0.2], [0.5, 0.1, 0.6, 0.4]], np.float32)
    numbers = np.array([[0, 3, 1, -1], [2, -1, -1, -1]])
    scores, kept = rescored(queries, keys, numbers, 2)
    assert kept.tolist() == [[1, 3], [2, -1]]
    assert np.allclose(scores[0], [0.9, 0.2]) and scores[1, 1] == -np.inf
    assert rescored(queries, keys, numbers, 6)[1].shape == (2, 6)
