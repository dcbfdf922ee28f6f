"""A plain check of generated texts against their facts' names and values, by none of the verifier's code.

It knows nothing of grammar and nothing of relations: it can't tell whether a sentence is true, only whether
a figure or a name stands in it that no fact has. It looks for

- figures: every run of digits (of any script) must be one of a fact's value or name. Separators of
  thousands are taken out, numbers may not be rounded, of a date each part may stand alone;
- names: within a sentence, every word with a capital (of scripts that have them), and in a text of another
  script every Latin word, must begin like a word of a name: with four letters in common, or be the same.
  Those that are common in the training texts, capital and all ("American"), are counted apart: they may be
  words of the language, or slips;
- words (of scripts without capitals): every word that is neither like a word of a name nor common in the
  training texts.

    python tools/bench/string_check.py --sets webnlg-en xalign-mr --test-step 10 [--model DIR]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal

import regex
from anyascii import anyascii
from babel import Locale, UnknownLocaleError

from kgalign.verify import Fact

Kind = Literal["figure", "name", "common name", "word"]
_FIGURE = re.compile(r"\d+(?:[.,'’\u0020\u00a0\u2009\u202f]\d+)*")
_RUN = re.compile(r"\d+")
_WORD = regex.compile(r"\p{L}(?:[\p{L}\p{M}]|['’\u200c\u200d](?=\p{L}))*")
_SENTENCE_END = re.compile(r"[.!?…।॥。]['\"»”’)\]]*\s+[\"'«“‘(\[]*$|^[\W_]*$")
_DATE = re.compile(r"-?(\d{4})-(\d{2})(?:-(\d{2}))?")
_SCIENTIFIC = re.compile(r"[-+]?\d+(?:\.\d+)?[eE][-+]?\d+")
_LEAST = 5
_LETTERS = 4
_MOST_DIGITS = 30
# Every noun has a capital there.
_NOUNS_WITH_CAPITALS = frozenset({"de"})
_CASED = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN")


@dataclass(frozen=True)
class Finding:
    """Something in a text that no fact has.

    Attributes:
        kind: what it is.
        text: as it stands there.
        start: where.
    """

    kind: Kind
    text: str
    start: int


@dataclass(frozen=True)
class Vocabulary:
    """How many training texts each word stands in, as it is written there; words with capitals and small
    letters that begin a sentence don't count.

    Attributes:
        counts: by word.
        least: words in so many texts are common.
    """

    counts: Mapping[str, int]
    least: int = _LEAST

    @classmethod
    def of(cls, texts: Iterable[str], least: int = _LEAST) -> Vocabulary:
        """The vocabulary of *texts*."""
        counts: Counter[str] = Counter()
        for text in texts:
            # A capital says something only where it doesn't begin a sentence.
            counts.update(
                {
                    word
                    for word, start in _words(text)
                    if word.lower() == word.upper() or not _begins_sentence(text, start)
                }
            )
        return cls(counts, least)

    def has(self, word: str) -> bool:
        """Whether *word* is common."""
        return self.counts.get(word, 0) >= self.least


@dataclass
class Tally:
    """What was found in many texts.

    Attributes:
        texts: how many were looked at.
        figures: how many figures were.
        names: how many words that look like names were.
        found: what no fact has, with the text's number.
    """

    texts: int = 0
    figures: int = 0
    names: int = 0
    found: list[tuple[int, Finding]] = field(default_factory=list)

    def of(self, kind: Kind) -> list[tuple[int, Finding]]:
        """The findings of one kind."""
        return [pair for pair in self.found if pair[1].kind == kind]

    def figures_told(self) -> dict[str, Any]:
        """The counts, and examples, for a table of results."""
        told: dict[str, Any] = {"texts": self.texts, "figures": self.figures, "names": self.names}
        for kind in ("figure", "name", "common name", "word"):
            found = self.of(kind)
            told[f"{kind}s without a fact"] = len(found)
            counted = Counter(each.text for _, each in found)
            told[f"examples of {kind}s"] = [text for text, _ in counted.most_common(12)]
        return told


def checked(items: Iterable[tuple[str, Sequence[Fact], str]], vocabulary: Vocabulary) -> Tally:
    """Look at many texts, each with its facts and its language; empty ones are passed over."""
    tally = Tally()
    for number, (text, facts, language) in enumerate(items):
        if not text:
            continue
        tally.texts += 1
        tally.figures += len(_FIGURE.findall(_western(text)))
        tally.names += sum(_looks_like_a_name(text, word, start) for word, start in _words(text))
        tally.found += [(number, each) for each in unsupported(text, facts, language, vocabulary)]
    return tally


def unsupported(text: str, facts: Sequence[Fact], language: str, vocabulary: Vocabulary) -> list[Finding]:
    """What stands in *text* that none of *facts* has, in its order."""
    told = _told(facts, language)
    found = [
        Finding("figure", text[match.start() : match.end()], match.start())
        for match in _FIGURE.finditer(_western(text))
        if not _is_made_of(_RUN.findall(match[0]), _figures(told))
    ]
    known = _beginnings(told)
    cased = _script(_letters_of(language)) in _CASED
    for word, start in _words(text):
        if _is_known(word, known):
            continue
        common = vocabulary.has(word)
        if _looks_like_a_name(text, word, start):
            if not (common and language in _NOUNS_WITH_CAPITALS):
                found.append(Finding("common name" if common else "name", word, start))
        elif not cased and not common:
            found.append(Finding("word", word, start))
    return sorted(found, key=lambda each: each.start)


def _told(facts: Sequence[Fact], language: str) -> tuple[str, ...]:
    """Every name and value of the facts, also as the CLDR or a transliteration has them."""
    terms = [term for fact in facts for term in (fact.subject, fact.relation, fact.object)]
    terms += [term for fact in facts for each in fact.qualifiers for term in (each.relation, each.object)]
    own = [text for term in terms for text in (term.value, *(name.text for name in term.names))]
    plain = [text.replace("_", " ") for text in own]
    further = [part for text in plain for part in (*_by_cldr(text, language), *_months(text, language))]
    return tuple(dict.fromkeys([*plain, *further, *map(anyascii, plain)]))


def _figures(told: Sequence[str]) -> frozenset[str]:
    """All runs of digits that may stand alone; also without zeros before, and for fractions after, them."""
    runs: set[str] = set()
    for text in map(_western, told):
        if _SCIENTIFIC.fullmatch(text.strip()):
            text = _written_out(text.strip())
        for match in _FIGURE.finditer(text):
            parts = _RUN.findall(match[0])
            for start in range(len(parts)):
                for end in range(start + 1, len(parts) + 1):
                    # Separators of thousands: what follows one has two or three digits.
                    if all(len(part) in (2, 3) for part in parts[start + 1 : end]):
                        runs.add("".join(parts[start:end]))
    stripped = {run.lstrip("0") or "0" for run in runs}
    return frozenset(runs | stripped | {run.rstrip("0") for run in runs})


def _is_made_of(parts: Sequence[str], known: frozenset[str]) -> bool:
    """Whether the parts of a figure, those of thousands joined, are all *known*."""
    if not parts:
        return True
    for end in range(len(parts), 0, -1):
        whole = "".join(parts[:end])
        joined = all(len(part) in (2, 3) for part in parts[1:end])
        is_known = whole in known or (whole.lstrip("0") or "0") in known
        if joined and is_known and _is_made_of(parts[end:], known):
            return True
    return False


def _written_out(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return f"{number:f}" if abs(number.adjusted()) <= _MOST_DIGITS else text


def _western(text: str) -> str:
    """*text* with all digits as Western ones, of the same length."""
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def _words(text: str) -> Iterator[tuple[str, int]]:
    for match in _WORD.finditer(text):
        yield match[0], match.start()


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start]
    if not _SENTENCE_END.search(before):
        return False
    # "J. Smith": an initial ends no sentence.
    return re.search(r"(?:^|[\s(.])[^\W\d_]\.\s*$", before) is None


def _looks_like_a_name(text: str, word: str, start: int) -> bool:
    """Whether *word* has a capital within a sentence, or is a Latin word in a text of another script."""
    script = _script(word)
    if script in _CASED and word[:1].isupper():
        return not _begins_sentence(text, start)
    return script == "LATIN" and _script(text) not in _CASED


def _beginnings(told: Sequence[str]) -> frozenset[str]:
    """Of every word in the names its folded form and its first letters."""
    words = {_folded(word) for text in told for own in (text, _spaced(text)) for word, _ in _words(own)}
    return frozenset(words | {word[:_LETTERS] for word in words if len(word) >= _LETTERS})


def _is_known(word: str, known: frozenset[str]) -> bool:
    folded = _folded(word)
    return folded in known or (len(folded) >= _LETTERS and folded[:_LETTERS] in known)


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return (
        "".join(sign for sign in plain if not "\u0300" <= sign <= "\u036f")
        .replace("’", "'")
        .removesuffix("'s")
    )


def _spaced(text: str) -> str:
    """camelCase taken apart."""
    return re.sub(r"(?<=[a-zа-я])(?=[A-ZА-Я])", " ", text)


def _script(text: str) -> str:
    """The script of most of the letters, as Unicode names it."""
    scripts = Counter(unicodedata.name(sign, "? ").split()[0] for sign in text if sign.isalpha())
    return scripts.most_common(1)[0][0] if scripts else ""


@cache
def _letters_of(language: str) -> str:
    return str(_locale(language).languages.get(language, ""))


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@cache
def _english_codes() -> dict[str, list[tuple[str, str]]]:
    """What the CLDR calls something in English, by its name: the table and the code."""
    english = Locale("en")
    found: dict[str, list[tuple[str, str]]] = {}
    for table in ("territories", "languages", "currencies"):
        for code, name in getattr(english, table).items():
            found.setdefault(name.casefold(), []).append((table, code))
    return found


def _by_cldr(text: str, language: str) -> list[str]:
    locale = _locale(language)
    found = [getattr(locale, table).get(code) for table, code in _english_codes().get(text.casefold(), ())]
    return [name for name in found if name]


def _months(text: str, language: str) -> list[str]:
    """The names of a date's month."""
    match = _DATE.match(text)
    if match is None or not 1 <= int(match[2]) <= 12:
        return []
    months = _locale(language).months
    return [
        str(months[context][width][int(match[2])])
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
    ]


def main() -> None:
    """Describe the items of data sets, verified, and print what the check finds, as JSON by line."""
    from generation import described, read, templates_of

    from kgalign.generate import Drafter, DrafterChain, TemplateRealiser
    from kgalign.generate.neural.drafter import open_drafter

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="+", required=True)
    parser.add_argument("--train-step", type=int, default=1, help="read one of so many training entries")
    parser.add_argument("--test-step", type=int, default=1, help="read one of so many items")
    parser.add_argument("--model", help="a folder that 'kgalign generate train' or 'export' wrote")
    parser.add_argument("--split", choices=["dev", "test"], help="instead of each set's usual one")
    parser.add_argument("--show", action="store_true", help="print the texts with findings as well")
    given = parser.parse_args()
    trained = None if given.model is None else open_drafter(given.model)
    for name in given.sets:
        language, _, examples, items = read(name, given.train_step, given.test_step, given.split)
        if not items:
            print(f"{name}: the data is not here", file=sys.stderr)
            continue
        templates = TemplateRealiser(templates_of(examples))
        drafter: Drafter = templates if trained is None else DrafterChain(trained, templates)
        told = described(drafter, items, language)
        texts = [each.text for each in told]
        tally = checked(
            ((text, item.facts, language) for text, item in zip(texts, items, strict=True)),
            Vocabulary.of(each.text for each in examples),
        )
        print(json.dumps({name: tally.figures_told()}, ensure_ascii=False), flush=True)
        for number, finding in tally.found if given.show else ():
            facts = [(str(each.triple.relation), each.object.value) for each in items[number].facts]
            print(f"{finding.kind} {finding.text!r} in: {texts[number]} {facts}", file=sys.stderr)


if __name__ == "__main__":
    main()
