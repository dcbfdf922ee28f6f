"""The alignment function's network: what the layers say of each fact, of each word and of the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgalign.verify.alignment.layout import Input


@dataclass(frozen=True)
class Answers:
    """Log-odds for one input.

    Attributes:
        stated: one for each fact: the text states it.
        wrong: one for each token of the text: no fact supports it.
        holds: the text says nothing but what the facts say.
        quality: the text is as a person would write it.
    """

    stated: Tensor
    wrong: Tensor
    holds: Tensor
    quality: Tensor


class Heads(nn.Module):
    """Small networks on the states of the last layer.

    Args:
        hidden: width of the states.
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.fact = _two_layers(2 * hidden, hidden, 1)
        self.word = _two_layers(hidden, hidden, 1)
        self.text = _two_layers(2 * hidden, hidden, 2)

    def forward(self, states: Tensor, layout: Input) -> Answers:
        """The answers for one input.

        Args:
            states: ``tokens × hidden`` float32, of :attr:`Input.ids`.
            layout: what stands where.
        """
        words = states[1 : layout.text]
        whole = torch.cat([states[0], words.mean(0) if len(words) else states[0]])
        holds, quality = self.text(whole).unbind(-1)
        wrong = self.word(words).squeeze(-1)
        if not layout.facts:
            return Answers(states.new_zeros(0), wrong, holds, quality)
        facts = torch.stack(
            [torch.cat([states[first:last].mean(0), states[last - 1]]) for first, last in layout.facts]
        )
        return Answers(self.fact(facts).squeeze(-1), wrong, holds, quality)


def _two_layers(wide: int, middle: int, out: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(wide, middle), nn.GELU(), nn.Linear(middle, out))


@dataclass(frozen=True)
class Targets:
    """What the answers should be; a NaN stands for what nobody knows.

    Attributes:
        stated: one for each fact, in [0, 1].
        wrong: one for each token of the text.
        holds: one number.
        quality: one number.
    """

    stated: Tensor
    wrong: Tensor
    holds: Tensor
    quality: Tensor


def loss_of(answers: Sequence[Answers], targets: Sequence[Targets], weights: Sequence[float]) -> Tensor:
    """Cross-entropy of all answers, each of the four kinds by its mean, weighed.

    Args:
        answers: one for each input.
        targets: likewise.
        weights: of ``stated``, ``wrong``, ``holds`` and ``quality``.
    """
    total = torch.zeros(())
    for weight, name in zip(weights, ("stated", "wrong", "holds", "quality"), strict=True):
        given = torch.cat([getattr(each, name).reshape(-1) for each in answers])
        wanted = torch.cat([getattr(each, name).reshape(-1) for each in targets]).to(given.device)
        known = ~wanted.isnan()
        if known.any():
            part = functional.binary_cross_entropy_with_logits(given[known], wanted[known])
            total = total.to(part.device) + weight * part
    return total
