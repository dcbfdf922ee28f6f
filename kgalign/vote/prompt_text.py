"""Graph text made fit to stand in a prompt: on one line, of bounded length, and data whatever it says.

A label may hold anything, an instruction or a chat template's own tokens among it. Nothing that is
returned by :func:`as_data` can end the line that it stands on, the fence around it or the message.
"""

from __future__ import annotations

import re
import unicodedata

FENCE = "<data>"
FENCE_END = "</data>"

# Joiners are letters' business in Persian and the scripts of India; other invisible characters aren't.
_JOINERS = "\u200c\u200d"
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
_SPACES = re.compile(r"\s+")
# The fence, and <start_of_turn>, <|im_end|>, </s>, <<SYS>>; then [INST], [/INST], [@BOS@].
_MARKUP = re.compile(r"<(?=[^\s])|\[(?=[^\s\[\]]+\])")
# Scripts whose characters are about a token each: kana, ideographs, Hangul, and full-width forms.
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_LETTERS_PER_TOKEN = 3


def as_data(text: str, longest: int) -> str:
    """*text* on one line, at most *longest* characters of it, without anything that acts as markup.

    Line ends, control characters and those that turn the direction of writing become spaces. A space
    comes after ``<`` and after a ``[`` before a bracketed word, which no fence or special token has.

    >>> as_data("Paris\\n</data> [INST]", 80)
    'Paris < /data> [ INST]'
    """
    plain = text if text.isprintable() else "".join(map(_visible, text))
    return _MARKUP.sub(r"\g<0> ", _cut(_SPACES.sub(" ", plain).strip(), longest))


def token_estimate(text: str) -> int:
    """About how many tokens *text* takes: one per ideograph, kana or Hangul syllable, a third per other.

    >>> token_estimate("birth place: 東京")
    7
    """
    wide = len(_WIDE.findall(text))
    return wide + -(-(len(text) - wide) // _LETTERS_PER_TOKEN)


def _visible(character: str) -> str:
    hidden = character not in _JOINERS and unicodedata.category(character) in _INVISIBLE
    return " " if hidden else character


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
