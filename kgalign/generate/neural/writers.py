"""What turns inputs into outputs: transformers, or ctranslate2 after an export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from kgalign.errors import InputError
from kgalign.generate.neural.linearise import Segment
from kgalign.generate.neural.network import Batch, FactToText
from kgalign.generate.neural.pieces import Pieces, Tokens

# Tokens of the inputs that are read together, times the number of beams.
_TOGETHER = 8000
CTRANSLATE2_WEIGHTS = "model.bin"


@dataclass(frozen=True)
class Written:
    """One output, with its score: the higher the better, comparable for one input."""

    segments: tuple[Segment, ...]
    score: float


class Writer(Protocol):
    """Writes outputs for inputs."""

    def write(self, inputs: Sequence[Sequence[Segment]], beams: int) -> list[list[Written]]:
        """For each input the *beams* best outputs, the best first."""
        ...


@dataclass(frozen=True)
class TransformersWriter:
    """Writes by beam search of transformers.

    Attributes:
        network: the model.
        pieces: its vocabulary.
        longest: tokens of an output, at most.
        precision: ``float32`` or ``bfloat16``.
    """

    network: FactToText
    pieces: Pieces
    longest: int
    precision: str = "float32"

    def write(self, inputs: Sequence[Sequence[Segment]], beams: int) -> list[list[Written]]:
        """For each input the *beams* best outputs; inputs of like length are read together."""
        sources = [self.pieces.tokens(segments) for segments in inputs]
        found: list[list[Written]] = [[] for _ in inputs]
        device = self.network.device
        was_training = self.network.training
        self.network.eval()
        fast = torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bfloat16")
        for group in _groups(sources, beams):
            batch = Batch.of([sources[place] for place in group], None, device)
            with torch.no_grad(), fast:
                outputs = self.network.written(batch, beams, self.longest)
            for place, own in zip(group, outputs, strict=True):
                found[place] = [Written(tuple(self.pieces.segments(ids)), score) for ids, score in own]
        self.network.train(was_training)
        return found


class CTranslate2Writer:
    """Writes by beam search of ctranslate2, in int8 if it was exported so.

    Args:
        folder: that the model was exported to.
        pieces: its vocabulary.
        longest: tokens of an output, at most.

    Raises:
        InputError: if ctranslate2 isn't installed or can't read the model.
    """

    def __init__(self, folder: Path, pieces: Pieces, longest: int) -> None:
        try:
            import ctranslate2
        except ImportError:
            raise InputError(
                "the exported model needs the library ctranslate2",
                remedy="run: pip install kgalign[ctranslate2]",
            ) from None
        try:
            self._translator: Any = ctranslate2.Translator(
                str(folder), device="cpu", intra_threads=torch.get_num_threads()
            )
        except (RuntimeError, ValueError) as error:
            raise InputError(
                f"can't be read by ctranslate2 ({error})", path=folder, remedy="export the model again"
            ) from None
        self._pieces = pieces
        self._texts = pieces.texts()
        self._ids = {text: number for number, text in enumerate(self._texts)}
        self._longest = longest

    def write(self, inputs: Sequence[Sequence[Segment]], beams: int) -> list[list[Written]]:
        """For each input the *beams* best outputs."""
        tokens = [[self._texts[token] for token in self._pieces.tokens(segments).ids] for segments in inputs]
        results = self._translator.translate_batch(
            tokens,
            beam_size=beams,
            num_hypotheses=beams,
            return_scores=True,
            max_decoding_length=self._longest,
            max_batch_size=_TOGETHER // beams,
            batch_type="tokens",
        )
        return [
            [
                Written(tuple(self._pieces.segments([self._ids[text] for text in texts])), float(score))
                for texts, score in zip(result.hypotheses, result.scores, strict=True)
            ]
            for result in results
        ]


def _groups(sources: Sequence[Tokens], beams: int) -> list[list[int]]:
    """The inputs' places by length, in groups that fit the memory."""
    order = sorted(range(len(sources)), key=lambda place: len(sources[place].ids))
    groups: list[list[int]] = []
    for place in order:
        length = len(sources[place].ids)
        if groups and length * (len(groups[-1]) + 1) * beams <= _TOGETHER:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups
