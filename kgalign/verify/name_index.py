"""Any entity of a graph found in a text by its whole name, to report those that no fact speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kgalign.verify.names import forms
from kgalign.verify.verdicts import Term
from kgalign.verify.words import Word

_MOST_WORDS = 8
_LONGEST_ENDING = 3
_SHORTEST_STEM = 5
_SHORTEST_NAME = 4


@dataclass(frozen=True, slots=True)
class KnownName:
    """A name of the graph that stands in a text.

    Attributes:
        first: its first word.
        last: its last word, inclusive.
        entities: values of the entities of this name.
    """

    first: int
    last: int
    entities: tuple[str, ...]


class NameIndex:
    """Names of entities by the keys of their words.

    Args:
        terms: the entities.
        language: whose names count; those without a language, too.
    """

    def __init__(self, terms: Iterable[Term], language: str) -> None:
        self._entities: dict[tuple[str, ...], list[str]] = {}
        self._longest: dict[str, int] = {}
        for term in terms:
            for form in forms(term, language):
                if form.worth >= 0.97 and not form.initials and len(form.keys) <= _MOST_WORDS:
                    self._entities.setdefault(form.keys, []).append(term.value)
                    known = self._longest.get(form.keys[0], 1)
                    self._longest[form.keys[0]] = max(known, len(form.keys))

    def find(self, found: Sequence[Word]) -> list[KnownName]:
        """The names in a text's words, longer ones first where they overlap; endings don't count."""
        names: list[KnownName] = []
        place = 0
        while place < len(found):
            name = self._at(found, place)
            if name is None:
                place += 1
            else:
                names.append(name)
                place = name.last + 1
        return names

    def _at(self, found: Sequence[Word], place: int) -> KnownName | None:
        # Only a name's last word may have an ending.
        longest = min(self._longest.get(found[place].key, 1), len(found) - place)
        for count in range(longest, 0, -1):
            keys = tuple(word.key for word in found[place : place + count])
            if sum(map(len, keys)) < _SHORTEST_NAME and not found[place].dense:
                continue
            if all(word.digits for word in found[place : place + count]):
                continue
            if found[place].cased and not any(word.capital for word in found[place : place + count]):
                continue
            for ending in range(_LONGEST_ENDING + 1):
                last = keys[-1][: len(keys[-1]) - ending]
                if ending and len(last) < _SHORTEST_STEM:
                    break
                entities = self._entities.get((*keys[:-1], last))
                if entities:
                    return KnownName(place, place + count - 1, tuple(dict.fromkeys(entities)))
        return None
