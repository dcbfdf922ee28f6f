"""Token ids by SentencePiece, with the marks behind the vocabulary's own pieces.

The library sentencepiece itself gives the ids: transformers reads some vocabularies trained by it as
something else. Spaces are never added nor taken away, so that a text with placeholders comes back as it was;
a text that begins with a space gets the ids that sentencepiece gives it without one.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kgalign.errors import InputError
from kgalign.generate.neural.linearise import Segment
from kgalign.generate.neural.marks import all_marks

# As mT5 numbers them.
PADDING, END, UNKNOWN = 0, 1, 2
_LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class Tokens:
    """An input in numbers.

    Attributes:
        ids: token ids, the end's included.
        roles: :class:`~kgalign.generate.neural.linearise.Role` of each token.
        facts: number of the fact of each token, from 1; 0 for none.
    """

    ids: list[int]
    roles: list[int]
    facts: list[int]


class Pieces:
    """A SentencePiece vocabulary and the marks.

    Args:
        model: the vocabulary as sentencepiece writes it.
        languages: that there are marks for.
        offset: id of the first mark; None for just behind the pieces.

    Raises:
        InputError: if *model* is no vocabulary of sentencepiece, or not numbered as mT5's.
    """

    def __init__(self, model: bytes, languages: Sequence[str], offset: int | None = None) -> None:
        from sentencepiece import SentencePieceProcessor

        self.model = _as_it_stands(model)
        self.languages = tuple(languages)
        self._processor: Any = SentencePieceProcessor(model_proto=self.model)
        if (self._processor.pad_id(), self._processor.eos_id()) != (PADDING, END):
            raise InputError("the vocabulary isn't numbered as that of mT5: padding 0, end 1")
        self.offset = self._processor.get_piece_size() if offset is None else offset
        marks = all_marks(self.languages)
        self._ids = {mark: self.offset + number for number, mark in enumerate(marks)}

    @classmethod
    def trained(cls, texts: Iterable[str], size: int, languages: Sequence[str]) -> Pieces:
        """A vocabulary of at most *size* pieces learnt from *texts* (unigram, with bytes to fall back on)."""
        from sentencepiece import SentencePieceTrainer

        written = io.BytesIO()
        try:
            SentencePieceTrainer.train(
                sentence_iterator=iter(text for text in texts if text.strip()),
                model_writer=written,
                vocab_size=size,
                model_type="unigram",
                byte_fallback=True,
                character_coverage=0.9998,
                hard_vocab_limit=False,
                normalization_rule_name="identity",
                add_dummy_prefix=False,
                remove_extra_whitespaces=False,
                split_digits=True,
                num_threads=1,
                max_sentence_length=_LONGEST_TEXT,
                pad_id=PADDING,
                eos_id=END,
                unk_id=UNKNOWN,
                bos_id=-1,
                minloglevel=2,
            )
        except RuntimeError as error:
            raise InputError(
                f"no vocabulary can be made from the texts ({error})", remedy="give more texts"
            ) from None
        return cls(written.getvalue(), languages)

    @classmethod
    def read(cls, path: Path, languages: Sequence[str], offset: int | None = None) -> Pieces:
        """The vocabulary in a file of sentencepiece.

        Raises:
            InputError: if there is none.
        """
        try:
            return cls(path.read_bytes(), languages, offset)
        except OSError as error:
            raise InputError(f"can't be read ({error.strerror})", path=path) from None

    def __len__(self) -> int:
        """How many ids there are, up to the last mark's."""
        return self.offset + len(self._ids)

    def tokens(self, segments: Sequence[Segment]) -> Tokens:
        """An input in numbers."""
        found = Tokens([], [], [])
        for segment in segments:
            ids = self._segment(segment)
            found.ids.extend(ids)
            found.roles.extend([int(segment.role)] * len(ids))
            found.facts.extend([segment.fact] * len(ids))
        found.ids.append(END)
        found.roles.append(0)
        found.facts.append(0)
        return found

    def _segment(self, segment: Segment) -> list[int]:
        if segment.mark:
            return [self._ids[segment.text]]
        ids: list[int] = self._processor.encode(segment.text)
        return ids

    def segments(self, ids: Sequence[int]) -> list[Segment]:
        """What token ids stand for, up to the end; padding is left out."""
        found: list[Segment] = []
        words: list[int] = []
        for token in ids:
            if token == END:
                break
            mark = self._marks.get(token)
            if mark is None:
                if token != PADDING and token < self._processor.get_piece_size():
                    words.append(token)
                continue
            if words:
                found.append(Segment(self._processor.decode(words)))
                words = []
            found.append(Segment(mark, True))
        return [*found, Segment(self._processor.decode(words))] if words else found

    def texts(self) -> list[str]:
        """A name for each id, as ctranslate2 wants it; ids that stand for nothing have one, too."""
        size = self._processor.get_piece_size()
        names = [self._processor.id_to_piece(number) for number in range(min(size, self.offset))]
        names += [f"<unused {number}>" for number in range(len(names), self.offset)]
        return names + list(self._ids)

    @cached_property
    def _marks(self) -> dict[int, str]:
        return {token: mark for mark, token in self._ids.items()}


def _as_it_stands(model: bytes) -> bytes:
    """The vocabulary with a normaliser that neither adds nor removes spaces."""
    from google.protobuf.message import DecodeError
    from sentencepiece import sentencepiece_model_pb2

    # The module makes its classes when it is imported.
    told = getattr(sentencepiece_model_pb2, "ModelProto")()  # noqa: B009
    try:
        told.ParseFromString(model)
    except DecodeError:
        raise InputError("is no vocabulary of sentencepiece") from None
    told.normalizer_spec.add_dummy_prefix = False
    told.normalizer_spec.remove_extra_whitespaces = False
    return bytes(told.SerializeToString())
