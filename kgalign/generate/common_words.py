"""Words that texts have between the names of their facts, and which of them look like further names.

Texts found beside facts by machine, such as XAlign's, often say more than the facts do. A name that is left
over would be learnt as wording, and be put into texts about others. Wording serves many subjects, a name
few: so a word that looks like a name is taken for one unless it stands in texts about several subjects.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import regex

from kgalign.errors import InputError
from kgalign.verify.verdicts import Fact

_WORD = regex.compile(r"[\p{L}\p{M}\u200c\u200d]{2,}")
_SENTENCE_START = regex.compile(r"[.!?…।॥։؟]\s*[\"'«“‘(\[]*$")
_CAPITAL = regex.compile(r"[\p{Lu}\p{Lt}]")
_CASED = regex.compile(r"[\p{Lu}\p{Ll}\p{Lt}]")
# Scripts that don't set words apart: what is a word of them can't be told here.
_WITHOUT_SPACES = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
)
# Fewer subjects can't tell. Beside more, a word is common if it stands beside two of them, and one more for
# each so many, up to the most.
_FEWEST_SUBJECTS = 100
_ONE_MORE_FOR = 1000
_MOST_ASKED = 5


@dataclass(frozen=True)
class CommonWords:
    """The words of a language that may stand in a text whatever its facts are.

    Attributes:
        words: by language, in small letters; a language with too few texts to tell is missing, and nothing
            is taken for a name there.
    """

    words: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def likely_names(self, language: str, pieces: Sequence[str | None]) -> tuple[str, ...]:
        """The words that look like names and aren't common.

        Args:
            language: the text's language.
            pieces: its words, with None for what stands for a name or value of a fact.
        """
        common = self.words.get(language)
        if common is None:
            return ()
        found = []
        begins = True
        for piece in pieces:
            for match in _WORD.finditer(piece or ""):
                before = (piece or "")[: match.start()]
                start = bool(_SENTENCE_START.search(before)) or (begins and not before.strip())
                if match[0].casefold() not in common and _looks_like_a_name(match[0], start):
                    found.append(match[0])
            begins = begins and piece is not None and not piece.strip()
        return tuple(found)

    def joined(self, other: CommonWords) -> CommonWords:
        """The words of both."""
        languages = sorted({*self.words, *other.words})
        none: frozenset[str] = frozenset()
        return CommonWords(
            {each: self.words.get(each, none) | other.words.get(each, none) for each in languages}
        )

    def to_json(self) -> str:
        """As :meth:`from_json` reads it."""
        return json.dumps({each: sorted(own) for each, own in sorted(self.words.items())}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> CommonWords:
        """What :meth:`to_json` wrote.

        Raises:
            InputError: if it is something else.
        """
        try:
            found = json.loads(text)
            return cls({str(each): frozenset(map(str, own)) for each, own in found.items()})
        except (ValueError, AttributeError, TypeError) as error:
            raise InputError("no list of common words", remedy="train the model again") from error


def has_word(facts: Iterable[Fact], word: str) -> bool:
    """Whether a term of *facts* has *word* in one of its names."""
    names = (
        name.text
        for fact in facts
        for term in (fact.subject, fact.relation, fact.object)
        for name in term.names
    )
    return any(word.casefold() in _WORD.findall(name.casefold()) for name in names)


class WordCounter:
    """Counts the subjects beside which each word stands."""

    def __init__(self) -> None:
        self._subjects: dict[str, set[str]] = {}
        self._beside: dict[str, dict[str, set[str]]] = {}

    def add(self, language: str, subject: str, pieces: Iterable[str | None]) -> None:
        """Count the words of a text about *subject*; None stands for a name or value."""
        self._subjects.setdefault(language, set()).add(subject)
        own = self._beside.setdefault(language, {})
        for piece in pieces:
            for word in _WORD.findall(piece or ""):
                beside = own.setdefault(word.casefold(), set())
                if len(beside) < _MOST_ASKED:
                    beside.add(subject)

    def common(self) -> CommonWords:
        """The words that stand beside subjects enough."""
        found = {}
        for language, subjects in self._subjects.items():
            if len(subjects) >= _FEWEST_SUBJECTS:
                asked = min(_MOST_ASKED, 2 + len(subjects) // _ONE_MORE_FOR)
                own = self._beside[language].items()
                found[language] = frozenset(word for word, beside in own if len(beside) >= asked)
        return CommonWords(found)


def _looks_like_a_name(word: str, begins: bool) -> bool:
    """With a capital within a sentence; in a script without capitals every word may be a name."""
    if _WITHOUT_SPACES.search(word):
        return False
    return bool(_CAPITAL.match(word)) and not begins if _CASED.match(word) else True
