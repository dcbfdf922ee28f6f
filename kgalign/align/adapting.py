"""A label encoder that learns the naming habits of two graphs from the run's own surest pairs."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from kgalign.align.candidates import Ids
from kgalign.align.options import AlignOptions
from kgalign.align.signals.labels import LabelSignal
from kgalign.align.signals.texts import Texts
from kgalign.encode import TextEncoder
from kgalign.resources import StageClock, release_memory

# Unless it was asked for, training must be worth its time: with enough pairs to learn from, whose names
# don't find each other anyway.
_FEWEST_PAIRS = 1000
_GOOD_ENOUGH = 0.9


class EncoderAdapter:
    """Trains the label encoder once and gives the label signal of the trained one.

    Args:
        texts: the names of both graphs.
        encoder: the label encoder.
        options: what the person chose; ``adapt_encoder`` None means where it may help.
        clock: collects the time of training, as a stage of its own.
        kept: the key of an encoder that an earlier run trained, to be used again; None for none.
    """

    def __init__(
        self,
        texts: Sequence[Texts],
        encoder: TextEncoder,
        options: AlignOptions,
        clock: StageClock,
        kept: str | None = None,
    ) -> None:
        self._texts = texts
        self._encoder = encoder
        self._options = options
        self._clock = clock
        self._kept = kept
        self.key: str | None = None

    @property
    def wanted(self) -> bool:
        """Whether training may take place at all."""
        # Reading a dump or asking for help shouldn't wait for torch.
        from kgalign.encode.adaptation import is_adaptable

        asked = self._options.adapt_encoder
        return is_adaptable(self._encoder) if asked is None else asked

    def restored(self) -> LabelSignal | None:
        """The signal of the encoder that the earlier run trained; None if there is none or it is gone."""
        from kgalign.encode.adaptation import restored

        if self._kept is None or not self.wanted:
            return None
        with self._clock.stage("adapt"):
            found = restored(self._encoder, self._kept)
            if found is None:
                return None
            self.key = self._kept
            return self._signal(found)

    def trained(self, source: Ids, target: Ids) -> LabelSignal | None:
        """The signal of an encoder trained on pairs of entities, by the first names of the two.

        Args:
            source: entities of the first graph.
            target: their partners in the second.

        Returns:
            None where training isn't worth its time, or didn't help.

        Raises:
            InputError: if training was asked for and the encoder can't be trained.
        """
        from kgalign.encode.adaptation import AdaptationOptions, adapted

        asked = bool(self._options.adapt_encoder)
        if len(source) < _FEWEST_PAIRS and not asked:
            return None
        with self._clock.stage("adapt"):
            found = adapted(
                self._encoder,
                *self._names(source, target),
                AdaptationOptions(seed=self._options.seed, enough=1.0 if asked else _GOOD_ENOUGH),
            )
            release_memory()
            if not found.improved:
                return None
            self.key = found.key
            return self._signal(found.encoder)

    def _signal(self, encoder: TextEncoder) -> LabelSignal:
        return LabelSignal(self._texts[0], self._texts[1], encoder, self._options.name_pairs_limit)

    def _names(self, source: Ids, target: Ids) -> tuple[list[str], list[str]]:
        own, other = (
            side.rows.unique("entity", keep="first", maintain_order=True).select("entity", "text")
            for side in self._texts
        )
        pairs = (
            pl.DataFrame({"source": source, "target": target})
            .cast(pl.UInt32)
            .join(own.rename({"entity": "source", "text": "own"}), on="source", maintain_order="left")
            .join(other.rename({"entity": "target", "text": "other"}), on="target", maintain_order="left")
        )
        return pairs["own"].to_list(), pairs["other"].to_list()
