"""From texts to what a transformer's layers read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from kgalign.encode.auto_model import AutoTokenIds

# Labels are short; the cut keeps a stray book from being tokenised whole.
_CHARACTERS_PER_TOKEN = 32


class TokenReader:
    """Gives token ids by a checkpoint's tokenizer.

    Args:
        folder: the checkpoint.
        prefix: what stands before every text.
        longest: where to cut, in tokens.

    Raises:
        InputError: if the tokenizer can't be loaded.
    """

    def __init__(self, folder: Path, prefix: str, longest: int) -> None:
        self.prefix = prefix
        self.longest = longest
        self._token_ids = _token_ids(folder, longest)

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text, prefix and special tokens included; ``[]`` for a blank one."""
        cleaned = [_clean(text, self.longest) for text in texts]
        filled = [place for place, text in enumerate(cleaned) if text]
        ids: list[list[int]] = [[] for _ in texts]
        found = self._token_ids([self.prefix + cleaned[place] for place in filled]) if filled else []
        for place, tokens in zip(filled, found, strict=True):
            ids[place] = tokens
        return ids


def _token_ids(folder: Path, longest: int) -> Callable[[Sequence[str]], list[list[int]]]:
    path = folder / "tokenizer.json"
    if not path.is_file():
        return AutoTokenIds(folder, longest)
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    return lambda texts: [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]


def _clean(text: str, longest: int) -> str:
    """The part that is read, without surrounding white space or lone surrogates (which aren't text)."""
    return text[: _CHARACTERS_PER_TOKEN * longest].strip().encode("utf-8", "replace").decode("utf-8")
