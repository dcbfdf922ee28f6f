"""What looks like a name, though nothing is known of it: words in capitals where others have none."""

from __future__ import annotations

from collections.abc import Sequence

from kgalign.verify.words import Word

# Languages that write every noun with a capital.
_CAPITAL_NOUNS = frozenset({"de", "lb", "nds"})
# Small words within names; prepositions that also join names to sentences are left out.
_PARTICLES = frozenset(
    [
        "al",
        "ap",
        "ben",
        "bin",
        "d",
        "da",
        "dal",
        "das",
        "de",
        "dei",
        "del",
        "della",
        "der",
        "des",
        "di",
        "do",
        "dos",
        "du",
        "e",
        "el",
        "i",
        "l",
        "la",
        "las",
        "le",
        "los",
        "o",
        "of",
        "st",
        "ten",
        "ter",
        "the",
        "und",
        "van",
        "vom",
        "von",
        "y",
        "zu",
        "zur",
    ]
)


def names_like(
    found: Sequence[Word], first: int, last: int, language: str, text: str, taken: Sequence[bool]
) -> list[tuple[int, int]]:
    """Runs of capitalised words in one sentence, first and last word, both inclusive.

    The sentence's first word is no name by its capital alone, and neither is a lone noun in German.

    Args:
        found: the text's words.
        first: the sentence's first word.
        last: its last word, exclusive.
        language: of the text.
        text: the text.
        taken: for each word, whether it is part of something known.
    """
    runs: list[tuple[int, int]] = []
    place = first
    while place < last:
        if taken[place] or not found[place].capital:
            place += 1
            continue
        end = place
        while end + 1 < last and not taken[end + 1] and _goes_on(found, end, last, text, taken):
            end += 1
        while end > place and not found[end].capital:
            end -= 1
        lone = end == place
        if not (lone and (place == first or language in _CAPITAL_NOUNS or len(found[place].key) < 2)):
            runs.append((place, end))
        place = end + 1
    return runs


def _goes_on(found: Sequence[Word], end: int, last: int, text: str, taken: Sequence[bool]) -> bool:
    between = text[found[end].end : found[end + 1].start]
    if between.strip(" -'’.&") or "\n" in between:
        return False
    following = found[end + 1]
    if following.capital:
        return True
    particle = following.text in _PARTICLES and end + 2 < last
    return particle and found[end + 2].capital and not taken[end + 2]
