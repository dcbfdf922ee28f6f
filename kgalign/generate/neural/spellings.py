"""How names of another script are spelt: pairs of words to learn from, and the input that asks for one.

The model learns beside its texts to spell a name's words, letter by letter, in the script of a language.
What it learns from are labels of the same thing in both scripts, and places where a text names a thing
that has no label in the language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from kgalign.generate.examples import Example, in_batches
from kgalign.generate.learning import found_terms, numbered
from kgalign.generate.lexicalise import scripts_of
from kgalign.generate.neural import marks
from kgalign.generate.neural.linearise import Segment
from kgalign.generate.neural.writers import Writer, Written
from kgalign.generate.wording import foreign_name
from kgalign.verify.evidence import Gatherer
from kgalign.verify.likeness import likeness
from kgalign.verify.names import script_of
from kgalign.verify.verdicts import Term
from kgalign.verify.words import word_key

_WORD = regex.compile(r"[\p{L}\p{M}]{2,30}")
# Of several spellings of a word those count that are at least so often met as the commonest.
_SHARE = 0.3
_MOST_SPELLINGS = 2
_BEAMS = 4


@dataclass(frozen=True, order=True)
class Spelling:
    """A word of a name in two scripts.

    Attributes:
        language: whose script the second one is.
        word: in small letters of the first script.
        text: the same word in the other.
    """

    language: str
    word: str
    text: str


def spellings(examples: Iterable[Example]) -> list[Spelling]:
    """The commonest spellings of the words of names in *examples*, sorted."""
    counted: Counter[Spelling] = Counter()
    for batch in in_batches(examples):
        counted.update(_met(batch))
    by_word: dict[tuple[str, str], list[tuple[int, Spelling]]] = {}
    for spelling, count in counted.items():
        by_word.setdefault((spelling.language, spelling.word), []).append((-count, spelling))
    found = []
    for own in by_word.values():
        own.sort()
        found += [each for count, each in own[:_MOST_SPELLINGS] if count <= own[0][0] * _SHARE]
    return sorted(found)


def asked_for(word: str, language: str) -> list[Segment]:
    """The input for one word, letter by letter."""
    return [
        Segment(marks.language_mark(language), True),
        Segment(marks.SPELL, True),
        *(Segment(letter) for letter in word.lower()),
    ]


def letters(text: str) -> list[Segment]:
    """The output, letter by letter."""
    return [Segment(letter) for letter in text]


def written_in(names: Sequence[str], language: str, writer: Writer) -> list[str | None]:
    """*names* with each word as the model spells it; None where a word would sound like another."""
    wanted = sorted({word.lower() for name in names for word in _WORD.findall(name)})
    outputs = writer.write([asked_for(word, language) for word in wanted], _BEAMS) if wanted else []
    own = {word: _likeliest(word, ways) for word, ways in zip(wanted, outputs, strict=True)}
    return [_spelt(name, own) for name in names]


def _spelt(name: str, own: Mapping[str, str | None]) -> str | None:
    words = {word: own[word.lower()] for word in _WORD.findall(name)}
    if not words or None in words.values():
        return None
    spelt: str = _WORD.sub(lambda match: words[match[0]] or "", name)
    return spelt


def _likeliest(word: str, ways: Sequence[Written]) -> str | None:
    """Of several ways the first that sounds like the word, as the verifier hears it."""
    texts = ["".join(each.text for each in way.segments if not each.mark).strip() for way in ways]
    alike = likeness([word_key(word)], [word_key(text) for text in texts], True)[0] if texts else []
    return next((text for text, like in zip(texts, alike, strict=True) if text and like > 0), None)


def _met(batch: Sequence[Example]) -> Iterator[Spelling]:
    lacking = []
    for example in batch:
        facts = tuple(dict.fromkeys(example.facts))
        terms = {term for fact in facts for term in (fact.subject, fact.object) if not term.literal}
        for term in terms:
            yield from _of_labels(term, example.language)
        if any(foreign_name(term, example.language) is not None for term in terms):
            lacking.append(Example(" ".join(example.text.split()), example.language, facts))
    gatherer = Gatherer()
    gatherer.read([example.facts for example in lacking])
    for example in lacking:
        yield from _of_text(example, gatherer)


def _of_labels(term: Term, language: str) -> Iterator[Spelling]:
    own = next((name.text for name in term.names if name.language == language), None)
    wanted = scripts_of(language)
    other = next((name.text for name in term.names if script_of(name.text) not in {"", *wanted}), None)
    if own is not None and other is not None and script_of(own) in wanted:
        yield from _alike(other, own, language)


def _of_text(example: Example, gatherer: Gatherer) -> Iterator[Spelling]:
    terms = {slot: term for term, slot in numbered(example.facts).items()}
    for span in found_terms(example, example.facts, gatherer):
        name = foreign_name(terms[span.slot], example.language)
        if name is not None:
            yield from _alike(name, example.text[span.start : span.end], example.language)


def _alike(name: str, said: str, language: str) -> Iterator[Spelling]:
    """Each word of a name with the word of *said* that sounds most like it."""
    own, others = _WORD.findall(name), _WORD.findall(said)
    if not own or not others or script_of(name) == script_of(said):
        return
    alike = likeness([word_key(word) for word in own], [word_key(word) for word in others], True)
    for place, word in enumerate(own):
        best = int(alike[place].argmax())
        mutual = alike[place, best] > 0 and alike[:, best].argmax() == place
        if mutual and script_of(others[best]) != script_of(word):
            yield Spelling(language, word.lower(), others[best])
