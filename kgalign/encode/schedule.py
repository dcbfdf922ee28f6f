"""The learning rate over the steps."""

from __future__ import annotations

import math


def rate_share(step: int, warm: int, total: int) -> float:
    """The share of the highest rate at a step: a rise over *warm* steps, then a cosine down to nothing."""
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))
