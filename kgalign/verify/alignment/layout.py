"""How facts and a text stand before the model: ``text </s> fact </s> fact …``, one sequence.

A fact is written ``subject | relation | object | qualifier | value …``; where its subject is that of the
fact before, the name is left out, which keeps many facts of one entity short. Everything attends to
everything, so one pass scores all facts and all words at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kgalign.errors import InputError
from kgalign.verify.verdicts import Fact, Term

MOST_TOKENS = 384
TEXT_TOKENS = 128
_FACT_TOKENS = 48
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
    """Makes the model's input by a checkpoint's tokenizer.

    Args:
        folder: the checkpoint, with ``tokenizer.json``.

    Raises:
        InputError: if there is no such tokenizer.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

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

    def sequence(self, text: Sequence[int], facts: Sequence[Sequence[int]]) -> Input:
        """The text's tokens and the facts' as one input; all have to fit."""
        ids = [self.first, *text, self.end]
        places = []
        for tokens in facts:
            places.append((len(ids), len(ids) + len(tokens)))
            ids += tokens
        return Input(ids, len(text) + 1, places)
