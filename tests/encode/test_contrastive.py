from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from kgalign.encode.contrastive import contrastive_loss


def test_by_hand() -> None:
    first = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    second = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    one = -math.log(math.exp(1 / 0.5) / (math.exp(1 / 0.5) + math.exp(0.6 / 0.5)))
    other = -math.log(math.exp(0.8 / 0.5) / (math.exp(0.8 / 0.5) + 1))
    loss = contrastive_loss(first, second, None, 0.5, symmetric=False)
    assert float(loss) == pytest.approx((one + other) / 2, abs=1e-6)


def test_symmetric_is_the_mean_of_both_directions() -> None:
    first, second = functional.normalize(torch.randn(2, 5, 8), dim=-1)
    both = contrastive_loss(first, second, None, 0.1)
    there = contrastive_loss(first, second, None, 0.1, symmetric=False)
    back = contrastive_loss(second, first, None, 0.1, symmetric=False)
    assert torch.allclose(both, (there + back) / 2)


def test_other_right_answers_are_no_negatives() -> None:
    first = second = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    same = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])
    plain = contrastive_loss(first, second, None, 0.1)
    masked = contrastive_loss(first, second, same, 0.1)
    assert float(masked) < 1e-3 < float(plain)
