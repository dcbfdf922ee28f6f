"""The modules that stand between the layers of a frozen model.

Each maps the states of a place (``… × hidden``) to what is added there. Where that is, and which states
a place gives, is the matter of :mod:`kgalign.adapters.insertion`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_INITIAL_SPREAD = 0.02


class Bottleneck(nn.Module):
    """The adapter of Pfeiffer et al. (2021): ``up(relu(down(x)))``.

    The upper matrix begins as zero, so that an untrained adapter changes nothing.

    Args:
        hidden: width of the model.
        width: width of the bottleneck.
    """

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.down = nn.Linear(hidden, width)
        self.up = nn.Linear(width, hidden)
        nn.init.normal_(self.down.weight, std=_INITIAL_SPREAD)
        nn.init.zeros_(self.down.bias)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, states: Tensor) -> Tensor:
        """What is added to *states* (``… × hidden``)."""
        added: Tensor = self.up(torch.relu(self.down(states)))
        return added


class Stack(nn.Module):
    """Adapters one upon the other: each sees the states with all before it added.

    Args:
        adapters: from the lowest.
    """

    def __init__(self, adapters: Sequence[nn.Module]) -> None:
        super().__init__()
        self.adapters = nn.ModuleList(adapters)

    def forward(self, states: Tensor) -> Tensor:
        """The sum of what the adapters add (``… × hidden``)."""
        total = torch.zeros_like(states)
        for adapter in self.adapters:
            total = total + adapter(states + total)
        return total


class Fusion(nn.Module):
    """AdapterFusion (Pfeiffer et al., 2021): attention over what several adapters would add.

    The states ask, the adapters' outputs are keys and values; the values begin as they are.

    Args:
        adapters: of one place; they stay as they are, only the attention is trained.
        hidden: width of the model.
    """

    def __init__(self, adapters: Sequence[nn.Module], hidden: int) -> None:
        super().__init__()
        self.adapters = nn.ModuleList(adapters).requires_grad_(False)
        self.query = nn.Linear(hidden, hidden)
        self.key = nn.Linear(hidden, hidden)
        self.value = nn.Linear(hidden, hidden, bias=False)
        for part in (self.query, self.key):
            nn.init.normal_(part.weight, std=_INITIAL_SPREAD)
            nn.init.zeros_(part.bias)
        nn.init.eye_(self.value.weight)

    def forward(self, states: Tensor) -> Tensor:
        """The mixture of what the adapters add (``… × hidden``)."""
        added = torch.stack([adapter(states) for adapter in self.adapters], -2)
        likeness = torch.einsum("...h,...ah->...a", self.query(states), self.key(added))
        weights = torch.softmax(likeness, -1)
        mixed: Tensor = torch.einsum("...a,...ah->...h", weights, self.value(added))
        return mixed
