"""mT5 as it writes texts from facts, with the fact-aware embeddings of XF2T (arXiv 2209.11252) by option."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgalign.generate.neural.linearise import Role
from kgalign.generate.neural.pieces import END, PADDING, Tokens

_IGNORED = -100
# Numbers of facts that have an embedding of their own; those behind share the last.
MOST_NUMBERED = 32


@dataclass(frozen=True)
class Batch:
    """Inputs of one length, and what should be written.

    Attributes:
        tokens: texts × length, ids.
        present: likewise, 1 where there is a token.
        roles: likewise.
        facts: likewise.
        outputs: texts × length of the outputs; padding where there is none. None where there are none.
        labels: likewise; -100 where nothing is taught.
    """

    tokens: Tensor
    present: Tensor
    roles: Tensor
    facts: Tensor
    outputs: Tensor | None = None
    labels: Tensor | None = None

    @classmethod
    def of(
        cls,
        sources: Sequence[Tokens],
        targets: Sequence[Sequence[int]] | None,
        device: torch.device,
        taught: Sequence[Sequence[bool] | None] | None = None,
    ) -> Batch:
        """Pad inputs and outputs; of these all is taught, unless *taught* says otherwise."""

        def padded(rows: Sequence[Sequence[int]], filler: int) -> Tensor:
            longest = max(map(len, rows))
            return torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows]).to(device)

        return cls(
            padded([source.ids for source in sources], PADDING),
            padded([[1] * len(source.ids) for source in sources], 0),
            padded([source.roles for source in sources], 0),
            padded([source.facts for source in sources], 0),
            None if targets is None else padded(targets, PADDING),
            None if targets is None else padded(_labels(targets, taught), _IGNORED),
        )


def _labels(
    targets: Sequence[Sequence[int]], taught: Sequence[Sequence[bool] | None] | None
) -> list[list[int]]:
    return [
        [token if own is None or own[place] else _IGNORED for place, token in enumerate(target)]
        for target, own in zip(targets, taught or [None] * len(targets), strict=True)
    ]


class FactToText(nn.Module):
    """An mT5 that reads facts.

    Args:
        model: ``MT5ForConditionalGeneration``.
        fact_aware: whether the encoder adds embeddings of roles and of facts; they begin as zero.
    """

    def __init__(self, model: Any, fact_aware: bool) -> None:
        super().__init__()
        self.model = model
        width = int(model.config.d_model)
        self.roles = nn.Embedding(len(Role), width) if fact_aware else None
        self.facts = nn.Embedding(MOST_NUMBERED, width) if fact_aware else None
        for table in (self.roles, self.facts):
            if table is not None:
                nn.init.zeros_(table.weight)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        found: torch.device = self.model.shared.weight.device
        return found

    def encoded(self, batch: Batch) -> Any:
        """What the encoder makes of the inputs."""
        embedded = self.model.shared(batch.tokens)
        if self.roles is not None and self.facts is not None:
            numbers = batch.facts.clamp(max=MOST_NUMBERED - 1)
            embedded = embedded + self.roles(batch.roles) + self.facts(numbers)
        return self.model.get_encoder()(inputs_embeds=embedded, attention_mask=batch.present)

    def forward(self, batch: Batch, label_smoothing: float = 0.0) -> Tensor:
        """The mean loss of a token of the outputs."""
        assert batch.outputs is not None and batch.labels is not None
        shifted = torch.cat([torch.full_like(batch.outputs[:, :1], PADDING), batch.outputs[:, :-1]], 1)
        logits = self.model(
            encoder_outputs=self.encoded(batch),
            attention_mask=batch.present,
            decoder_input_ids=shifted,
            use_cache=False,
        ).logits
        return functional.cross_entropy(
            logits.float().flatten(0, 1),
            batch.labels.flatten(),
            ignore_index=_IGNORED,
            label_smoothing=label_smoothing,
        )

    @torch.no_grad()
    def written(self, batch: Batch, beams: int, longest: int) -> list[list[tuple[list[int], float]]]:
        """For each input the *beams* best outputs, token ids with their score, the best first."""
        found = self.model.generate(
            encoder_outputs=self.encoded(batch),
            attention_mask=batch.present,
            num_beams=beams,
            num_return_sequences=beams,
            do_sample=False,
            max_new_tokens=longest,
            pad_token_id=PADDING,
            eos_token_id=END,
            decoder_start_token_id=PADDING,
            return_dict_in_generate=True,
            output_scores=True,
        )
        rows = found.sequences[:, 1:].tolist()
        scores = [0.0] * len(rows) if beams == 1 else found.sequences_scores.tolist()
        both = list(zip(rows, scores, strict=True))
        return [both[start : start + beams] for start in range(0, len(both), beams)]
