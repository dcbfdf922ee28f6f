"""Text from graphs on a terminal: one line, no control characters, the right width and direction."""

from __future__ import annotations

import re
from unicodedata import bidirectional, category, east_asian_width

_ISOLATE, _END = "\u2068", "\u2069"
# Marks and controls of direction would reach beyond the text that they stand in.
_DIRECTION = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_ANY_CONTROL = re.compile(f"{_DIRECTION.pattern}|[\x00-\x1f\x7f-\x9f]")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def printable(text: str) -> str:
    """*text* as one line that leaves the terminal and the text around it as they are.

    Control characters become spaces. Text with right-to-left letters is isolated (Unicode's FSI and
    PDI), so that what follows it keeps its place.
    """
    line = _CONTROL.sub(" ", _DIRECTION.sub("", text)).strip()
    return f"{_ISOLATE}{line}{_END}" if any(bidirectional(sign) in _RIGHT_TO_LEFT for sign in line) else line


def without_controls(text: str) -> str:
    """*text* with a space for each control character or mark of direction; as long as before."""
    return _ANY_CONTROL.sub(" ", text)


def unmarked(text: str) -> str:
    """*text* without the isolation that :func:`printable` gave it, if it was copied from a terminal."""
    return text.strip(_ISOLATE + _END)


def width(text: str) -> int:
    """Terminal columns of *text*: two for a wide East Asian character, none for a combining one."""
    return sum(
        0 if category(sign) in ("Mn", "Me", "Cf") else 2 if east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def shortened(text: str, columns: int) -> str:
    """*text* cut to fit *columns*, with an ellipsis where something was cut."""
    if width(text) <= columns:
        return text
    kept = text
    while kept and width(kept) > columns - 1:
        kept = kept[:-1]
    return kept + "…"


def padded(text: str, columns: int) -> str:
    """*text* with spaces up to *columns*."""
    return text + " " * (columns - width(text))
