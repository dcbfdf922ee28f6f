"""Which facts a round of questions shows."""

from __future__ import annotations

from typing import Literal

Stage = Literal["together", "attributes", "relations"]
Staging = Literal["together", "attributes-then-relations"]

_STAGES: dict[Staging, tuple[Stage, ...]] = {
    "together": ("together",),
    "attributes-then-relations": ("attributes", "relations"),
}


def stages_of(staging: Staging) -> tuple[Stage, ...]:
    """The stages that rounds go through, in their order.

    In stages, the first rounds show attributes and later ones relations, as LLM-Align does
    (arXiv 2412.04690).
    """
    return _STAGES[staging]
