"""The rank of one score among others, where equal scores share their mean rank."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kgalign.align.candidates import Ids

# What the order of additions in a product of matrices can change.
_ROUNDING = 1e-6


def tied_ranks(
    scores: NDArray[np.floating], column: Ids, left_out: tuple[Ids, Ids] | None = None
) -> NDArray[np.float64]:
    """The rank of ``scores[i, column[i]]`` in row i; 1 is the best.

    Scores that differ by no more than rounding are equal.

    Args:
        scores: n × m.
        column: n columns.
        left_out: rows and columns of scores that don't take part; none of those ranked.
    """
    own = scores[np.arange(len(scores)), column][:, None]
    higher = scores > own + _ROUNDING
    as_high = scores >= own - _ROUNDING
    if left_out is not None:
        higher[left_out] = False
        as_high[left_out] = False
    mean: NDArray[np.float64] = (higher.sum(axis=1) + as_high.sum(axis=1) + 1) / 2
    return mean
