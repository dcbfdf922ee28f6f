"""The loss over pairs of texts that belong together, with the other pairs of a batch as negatives."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def contrastive_loss(
    first: Tensor, second: Tensor, same: Tensor | None, temperature: float, *, symmetric: bool = True
) -> Tensor:
    """InfoNCE (van den Oord et al., 2018) with the other pairs of the batch as negatives.

    Args:
        first: ``n × d`` unit vectors.
        second: their partners, ``n × d`` unit vectors.
        same: ``n × n``, true where ``second[j]`` is right for ``first[i]`` as well, so that it is no
            negative; what stands on the diagonal doesn't matter. None for no such pairs.
        temperature: similarities are divided by it.
        symmetric: whether the seconds look for their firsts, too (CLIP; Radford et al., 2021).

    Returns:
        The mean loss over the pairs, and over both directions if *symmetric*.
    """
    likeness = first @ second.T / temperature
    if same is not None:
        others = same.to(likeness.device).clone()
        others.fill_diagonal_(False)
        likeness = likeness.masked_fill(others, -torch.inf)
    right = torch.arange(len(first), device=first.device)
    loss = functional.cross_entropy(likeness, right)
    if symmetric:
        loss = (loss + functional.cross_entropy(likeness.T, right)) / 2
    return loss
