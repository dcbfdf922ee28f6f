"""How a name stands in running text: in part, in small letters, or with another ending.

Names are inflected in most languages, and texts name people by one of their names. So a placeholder may
ask for a word of a name, and for a number of its last letters to be cut, behind which the text goes on with
letters of its own: ``Италия`` without its last letter, and ``и``. Parts of a form are joined by ``+``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

LOWER = "lower"
JOIN = "+"
WORDS = {f"word {number}": number for number in range(1, 7)}
CUTS = {f"cut {number}": number for number in range(1, 6)}
SPELLINGS = (LOWER, *WORDS, *CUTS)

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}](?:\S*[\p{L}\p{M}\p{N}.])?")
_LEAST_COMMON = 2
_LEAST_SHARE = 0.5
_MOST_ADDED = 6
# Words that a text may put between those of a name.
_LINK = regex.compile(r"\p{Ll}{1,3}")


@dataclass(frozen=True)
class Spelt:
    """A part of a text that is written by a form of a name; what is between parts are letters of the text.

    Attributes:
        start: where it begins.
        end: where it ends (exclusive).
        form: parts of a form, joined; "" for the name as it is.
    """

    start: int
    end: int
    form: str


def parts_of(form: str) -> list[str]:
    """The parts of a form."""
    return [part for part in form.split(JOIN) if part]


def respelt(name: str, form: str) -> str:
    """*name* in a form: parts that aren't spellings are passed over; a cut never takes all of it."""
    for part in parts_of(form):
        if part in WORDS:
            words = _WORD.findall(name)
            name = words[WORDS[part] - 1] if len(words) >= WORDS[part] else name
        elif part == LOWER:
            name = name[:1].lower() + name[1:]
        elif part in CUTS and len(name) > CUTS[part]:
            name = name[: -CUTS[part]]
    return name


@dataclass(frozen=True)
class _Match:
    word: int
    common: int
    form: tuple[str, ...]
    cost: int


def spelt(said: str, name: str) -> list[Spelt] | None:
    """How *said*, the words of a text, can be written by forms of *name*; None if they can't.

    Every word of *said* has to begin as a word of the name does; short ones in small letters may stand
    between them.
    """
    spoken = list(_WORD.finditer(said))
    own = list(_WORD.finditer(name))
    if not spoken or len(own) > len(WORDS):
        return None
    found: list[tuple[regex.Match[str], _Match | None]] = []
    free = set(range(len(own)))
    for match in spoken:
        choices = [
            (each, place) for place in sorted(free) if (each := _matched(match[0], own[place][0], place))
        ]
        if not choices:
            if not _LINK.fullmatch(match[0]):
                return None
            found.append((match, None))
            continue
        best, place = min(choices, key=lambda choice: (choice[0].cost, choice[1]))
        free.discard(place)
        found.append((match, best))
    if all(best is None for _, best in found):
        return None
    whole = _whole(said, name, [best for _, best in found], spoken, own)
    return whole or [
        Spelt(
            match.start(),
            match.start() + best.common,
            JOIN.join((*((f"word {best.word + 1}",) if len(own) > 1 else ()), *best.form)),
        )
        for match, best in found
        if best is not None
    ]


def _whole(
    said: str,
    name: str,
    matches: Sequence[_Match | None],
    spoken: Sequence[regex.Match[str]],
    own: Sequence[regex.Match[str]],
) -> list[Spelt] | None:
    """One part for the whole name, of which only the beginning and the end differ."""
    last = matches[-1]
    if last is None or [each and each.word for each in matches] != list(range(len(own))):
        return None
    end = spoken[-1].start() + last.common
    first = matches[0]
    form = tuple(part for part in (LOWER,) if first is not None and part in first.form)
    form += tuple(part for part in last.form if part in CUTS)
    start = spoken[0].start()
    told = JOIN.join(form)
    return [Spelt(start, end, told)] if respelt(name, told) == said[start:end] else None


def _matched(said: str, word: str, place: int) -> _Match | None:
    """How a word of a text begins as one of a name; None if it doesn't."""
    best: _Match | None = None
    for lower in (False, True):
        own = respelt(word, LOWER) if lower else word
        if lower and own == word:
            continue
        common = next(
            (number for number, (one, two) in enumerate(zip(said, own, strict=False)) if one != two),
            min(len(said), len(own)),
        )
        cut, added = len(own) - common, said[common:]
        if common < min(_LEAST_COMMON, len(own)) or common < _LEAST_SHARE * len(own):
            continue
        if cut > len(CUTS) or len(added) > _MOST_ADDED or regex.search(r"\d", added):
            continue
        form = (*((LOWER,) if lower else ()), *((f"cut {cut}",) if cut else ()))
        found = _Match(place, common, form, cut + len(added))
        if best is None or found.cost < best.cost:
            best = found
    return best
