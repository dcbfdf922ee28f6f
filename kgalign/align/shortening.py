"""Vectors made shorter, so that many can be compared cheaply.

Principal components, not centred, so that inner products are kept as well as any so short vectors
can keep them. What they blur is put right by scoring the best candidates with the whole vectors.
"""

from __future__ import annotations

import numpy as np

from kgalign.align.candidates import Ids, Scores

_SAMPLE = 8192
_LONGEST = 768
_STEP = 32
_GATHERED_CELLS = 8_000_000


def shortened(first: Scores, second: Scores, variance_kept: float) -> tuple[Scores, Scores]:
    """Both matrices in the directions in which their rows, taken together, vary most.

    Args:
        first: n × d.
        second: m × d.
        variance_kept: the share of the squared lengths to keep, of a sample of the rows. At most 768
            directions are taken, even if they keep less.

    Returns:
        n × r and m × r, r ≤ d.
    """
    import torch

    halves = [rows[_spread_out(len(rows), _SAMPLE // 2)] for rows in (first, second)]
    sample = torch.from_numpy(np.concatenate(halves).astype(np.float32))
    most = min(*sample.shape, _LONGEST)
    # Its random start is drawn from a state of its own, so that every call gives the same result.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        _, strengths, directions = torch.svd_lowrank(sample, q=most, niter=1)
    share = torch.cumsum(strengths.double() ** 2, 0) / sample.double().square().sum()
    enough = int((share < variance_kept).sum()) + 1
    length = min(-(-enough // _STEP) * _STEP, most)
    if length >= first.shape[1]:
        return first, second
    basis = directions[:, :length].contiguous().numpy()
    return first @ basis, second @ basis


def rescored(queries: Scores, keys: Scores, numbers: Ids, count: int) -> tuple[Scores, Ids]:
    """The best *count* of each query's candidates by the inner product of the whole vectors.

    Args:
        queries: n × d.
        keys: m × d.
        numbers: n × c candidates, rows of *keys*; -1 where there are fewer.
        count: how many to keep.

    Returns:
        Scores and numbers, n × count, best first; ``-inf`` and -1 where there are fewer.
    """
    scores = np.full((len(queries), count), -np.inf, np.float32)
    kept = np.full((len(queries), count), -1, np.int64)
    step = max(1, _GATHERED_CELLS // max(numbers.shape[1] * keys.shape[1], 1))
    for start in range(0, len(queries), step):
        block = slice(start, start + step)
        found = numbers[block]
        products = np.matmul(keys[found], queries[block][:, :, None])[:, :, 0]
        products[found < 0] = -np.inf
        order = np.argsort(-products, axis=1, kind="stable")[:, :count]
        scores[block, : order.shape[1]] = np.take_along_axis(products, order, axis=1)
        kept[block, : order.shape[1]] = np.take_along_axis(found, order, axis=1)
    return scores, kept


def _spread_out(rows: int, most: int) -> Ids:
    return np.unique(np.linspace(0, max(rows - 1, 0), min(rows, most)).astype(np.int64))
