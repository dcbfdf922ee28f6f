"""A label encoder that learns the naming habits of two graphs from the run's own surest pairs."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.align.candidates import Ids
from kgalign.align.options import AlignOptions
from kgalign.align.signals.labels import LabelSignal
from kgalign.align.signals.texts import Texts
from kgalign.encode import TextEncoder
from kgalign.resources import StageClock, release_memory

# So much of the pairs, one in so many, is never trained on.
_WITHHELD_SHARE = 5


class EncoderAdapter:
    """Trains the label encoder once and gives the label signal of the trained one.

    Pairs that were trained on look alike, and unlike their rivals, for that reason. A fifth of the
    entities is withheld from training, by their names: they show what the signal is worth.

    Args:
        texts: the names of both graphs.
        encoder: the label encoder.
        options: what the person chose.
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
        self._first_names = tuple(
            side.rows.unique("entity", keep="first", maintain_order=True).select("entity", "text")
            for side in texts
        )
        names = self._first_names[0]
        self._withheld = np.zeros(texts[0].entities, bool)
        self._withheld[names["entity"].to_numpy()] = [
            crc32(text.encode("utf-8", "surrogatepass")) % _WITHHELD_SHARE == 0 for text in names["text"]
        ]

    def unseen(self, source: Ids) -> NDArray[np.bool_]:
        """Whether the encoder was kept from training on each entity of the first graph."""
        return np.ones(len(source), bool) if self.key is None else self._withheld[source]

    def restored(self) -> LabelSignal | None:
        """The signal of the encoder that the earlier run trained; None if there is none or it is gone."""
        # Reading a dump or asking for help shouldn't wait for torch.
        from kgalign.encode.adaptation import restored

        if self._kept is None:
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
            None where training didn't help.

        Raises:
            InputError: if the encoder can't be trained.
        """
        from kgalign.encode.adaptation import AdaptationOptions, adapted

        taught = ~self._withheld[source]
        source, target = source[taught], target[taught]
        with self._clock.stage("adapt"):
            found = adapted(
                self._encoder,
                *self._names(source, target),
                AdaptationOptions(seed=self._options.seed),
            )
            release_memory()
            if not found.improved:
                return None
            self.key = found.key
            return self._signal(found.encoder)

    def _signal(self, encoder: TextEncoder) -> LabelSignal:
        return LabelSignal(self._texts[0], self._texts[1], encoder, self._options.name_pairs_limit)

    def _names(self, source: Ids, target: Ids) -> tuple[list[str], list[str]]:
        own, other = self._first_names
        pairs = (
            pl.DataFrame({"source": source, "target": target})
            .cast(pl.UInt32)
            .join(own.rename({"entity": "source", "text": "own"}), on="source", maintain_order="left")
            .join(other.rename({"entity": "target", "text": "other"}), on="target", maintain_order="left")
        )
        return pairs["own"].to_list(), pairs["other"].to_list()
