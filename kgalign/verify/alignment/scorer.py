"""A trained alignment function, ready for a verifier."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kgalign.adapters.base_model import BaseModel
from kgalign.errors import InputError
from kgalign.verify.alignment.artefact import AlignmentArtefact, read_alignment
from kgalign.verify.alignment.reader import AlignmentReader, TextAnswers
from kgalign.verify.combination import Combination
from kgalign.verify.passage import Passage
from kgalign.verify.verdicts import Fact


class AlignmentScorer:
    """Reads passages beside their facts, and knows how its answers are weighed.

    Args:
        artefact: a trained alignment function.
        base: the model that it was trained on.

    Attributes:
        lexicon: which words go with which labels, for the model-free layer.
        phrasing: how relations are put into words, likewise.

    Raises:
        InputError: if the base is another one.
    """

    def __init__(self, artefact: AlignmentArtefact, base: BaseModel) -> None:
        described = artefact.description
        if base.fingerprint != described.base.fingerprint:
            raise InputError(
                f"the alignment function belongs to {described.base.name} with the fingerprint "
                f"{described.base.fingerprint}, and the base {base.checkpoint.name} has {base.fingerprint}",
                remedy="train one for this base with 'kgalign verify train'",
            )
        self._reader = AlignmentReader(base, described.options, artefact.tensors)
        self._both, self._alone = described.combination, described.alone
        self.lexicon, self.phrasing = artefact.lexicon, artefact.phrasing

    @classmethod
    def open(cls, folder: str | Path, device: str = "auto") -> AlignmentScorer:
        """An alignment function by its folder.

        Raises:
            InputError: if there is none, or its base can't be had.
        """
        artefact = read_alignment(folder)
        return cls(artefact, BaseModel.open(artefact.description.base.given, device=device))

    def combination(self, model_free: bool) -> Combination:
        """How its answers are weighed with the model-free layer's, or without them."""
        return self._both if model_free else self._alone

    def read(self, passages: Sequence[Passage], facts: Sequence[Sequence[Fact]]) -> list[TextAnswers]:
        """What it says of each passage beside its own facts."""
        return self._reader.read(passages, facts)
