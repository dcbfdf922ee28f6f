"""How facts and a text stand before the model: ``text </s> fact </s> fact …``, one sequence.

A fact is written ``subject | relation | object | qualifier | value …``; where its subject is that of the
fact before, the name is left out, which keeps many facts of one entity short. Everything attends to
everything, so one pass scores all facts and all words at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kgalign.adapters.base_model import BaseModel
from kgalign.errors import InputError
from kgalign.verify.verdicts import Fact, Term

_MOST_TOKENS = 384
_TEXT_SHARE = 3
_FACT_TOKENS = 48
# XLM-R counts positions from behind the padding.
_UNUSED_POSITIONS = 2
_SEPARATOR = " | "
NameOf = Callable[[Term, str], str]


@dataclass(frozen=True)
class Pieces:
    """A string as tokens.

    Attributes:
        ids: the tokens.
        offsets: where each stands in the string, in code points.
    """

    ids: list[int]
    offsets: list[tuple[int, int]]


@dataclass(frozen=True)
class Input:
    """One input of the model.

    Attributes:
        ids: all tokens.
        text: the text's tokens are those from 1 on to this place, exclusive.
        facts: first and last (exclusive) token of each fact.
    """

    ids: list[int]
    text: int
    facts: list[tuple[int, int]]


def shown(term: Term, language: str) -> str:
    """The name in the text's language, else the first."""
    return term.shown(language)


def written(fact: Fact, language: str, name_of: NameOf, same_subject: bool) -> str:
    """A fact as the model reads it."""
    parts = ["" if same_subject else name_of(fact.subject, language)]
    parts += [name_of(fact.relation, language), name_of(fact.object, language)]
    for each in fact.qualifiers:
        parts += [name_of(each.relation, language), name_of(each.object, language)]
    return _SEPARATOR.join(parts).strip()


class Layout:
    """Makes the model's input by a base's tokenizer.

    Args:
        base: the model, with ``tokenizer.json``.

    Attributes:
        most: tokens of an input, at most.
        text: tokens of a text that are read together, at most.

    Raises:
        InputError: if there is no such tokenizer.
    """

    def __init__(self, base: BaseModel) -> None:
        from tokenizers import Tokenizer

        folder = base.checkpoint.transformer
        positions = int(base.config.get("max_position_embeddings") or _MOST_TOKENS) - _UNUSED_POSITIONS
        self.most = min(_MOST_TOKENS, positions)
        self.text = self.most // _TEXT_SHARE
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise InputError(
                "the alignment function needs a base with a tokenizer.json", path=folder,
                remedy="choose another base",
            )  # fmt: skip
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        ends = self._tokenizer.encode("").ids
        self.first, self.end = int(ends[0]), int(ends[-1])
        self._known: dict[str, list[int]] = {}

    def pieces(self, texts: Sequence[str]) -> list[Pieces]:
        """Texts as tokens, without the special ones."""
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        found = self._tokenizer.encode_batch(clean, add_special_tokens=False)
        return [Pieces(each.ids, each.offsets) for each in found]

    def fact_tokens(self, facts: Sequence[Fact], language: str, name_of: NameOf = shown) -> list[list[int]]:
        """The tokens of each fact in turn, its end mark included, cut to a reasonable length."""
        texts, before = [], None
        for fact in facts:
            texts.append(written(fact, language, name_of, fact.subject.value == before))
            before = fact.subject.value
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for text, pieces in zip(new, self.pieces(new), strict=True):
            self._known[text] = [*pieces.ids[: _FACT_TOKENS - 1], self.end]
        return [self._known[text] for text in texts]

    def fitting(self, text: Sequence[int], facts: Sequence[Sequence[int]]) -> int:
        """How many of the facts fit beside a text, from the first on; at least one counts as fitting."""
        room = self.most - len(text) - 2
        ends = np.cumsum([len(tokens) for tokens in facts])
        return len(facts) and max(1, int((ends <= room).sum()))

    def sequence(self, text: Sequence[int], facts: Sequence[Sequence[int]]) -> Input:
        """The text's tokens and the facts' as one input, cut where all doesn't fit."""
        ids = [self.first, *text, self.end]
        places = []
        for tokens in facts:
            kept = tokens[: max(1, self.most - len(ids))]
            places.append((len(ids), len(ids) + len(kept)))
            ids += kept
        return Input(ids, len(text) + 1, places)
