"""The forms in which a text may name a thing, from its labels.

A label gives itself; itself without what is added in brackets ("Tony (footballer)") or after a comma
("Akron, Ohio"); its last word, by which persons are called; and its initials. Countries, languages and
currencies are also known by what the CLDR calls them in the text's language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import regex
from babel import Locale, UnknownLocaleError

from kgalign.verify.language_forms import base_language
from kgalign.verify.verdicts import Term
from kgalign.verify.words import Word, words

_BRACKETS = regex.compile(r"\s*[(（][^()（）]*[)）]\s*")
_CAMEL = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})|(?<=\p{L})(?=\d)(?<!\b\p{L})|_")
_MOST_NAMES = 16
_MOST_WORDS = 24
_LONGEST_NAME = 200
_PART, _LAST_WORD, _INITIALS = 0.97, 0.8, 0.95
_SHORTEST_LAST_WORD = 4
_LEAST_INITIALS, _MOST_INITIALS = 2, 6


@dataclass(frozen=True, slots=True)
class Form:
    """One way to name a thing.

    Attributes:
        keys: of its words.
        worth: what a mention in this form counts, at most 1.
        script: of its words: the Unicode name's first word of its first letter.
        initials: whether it stands for the first letters of a name.
        dense: whether its script is written without spaces.
    """

    keys: tuple[str, ...]
    worth: float
    script: str
    initials: bool = False
    dense: bool = False


def forms(term: Term, language: str) -> tuple[Form, ...]:
    """The forms of *term* in texts of *language*, the likeliest first, each once."""
    found: dict[tuple[str, ...], Form] = {}
    named = sorted(
        enumerate(term.names), key=lambda item: (base_language(item[1].language or "") != language, item[0])
    )
    texts = [name.text for _, name in named[:_MOST_NAMES]] or [term.value]
    for text in texts:
        for other in (text, *translated(text, language)):
            for form in _forms_of(other[:_LONGEST_NAME]):
                if form.keys not in found or found[form.keys].worth < form.worth:
                    found[form.keys] = form
    return tuple(found.values())


def spaced(identifier: str) -> str:
    """An identifier as words: ``birthPlace`` and ``birth_place`` as ``birth Place``."""
    return " ".join(_CAMEL.sub(" ", identifier).split())


def script_of(text: str) -> str:
    """The script of the first letter of *text*, "" without one."""
    return next((_script(sign) for sign in text if sign.isalpha()), "")


@lru_cache(maxsize=100_000)
def _forms_of(text: str) -> tuple[Form, ...]:
    return tuple(_variants(text))


def _variants(text: str) -> Iterator[Form]:
    bare = _BRACKETS.sub(" ", text).strip()
    seen = words(text)
    if not seen:
        return
    whole = bare if bare and bare != text else text
    main = words(whole)
    yield from _form(main, 1.0)
    if whole != text:
        yield from _form(seen, 1.0)
    head, comma, tail = whole.partition(",")
    if comma and head.strip():
        yield from _form(words(head), _PART)
        # "Last, First" as it is said.
        yield from _form(words(f"{tail} {head}"), 1.0)
    if len(main) > 1:
        last = main[-1] if not comma else (words(head) or main)[-1]
        if last.capital and len(last.key) >= _SHORTEST_LAST_WORD:
            yield from _form([last], _LAST_WORD)
        first_letters = "".join(word.key[0] for word in main if word.capital or not word.cased)
        if main[0].cased and _LEAST_INITIALS <= len(first_letters) <= _MOST_INITIALS:
            yield Form((first_letters,), _INITIALS, script_of(whole), initials=True)


def _form(found: list[Word], worth: float) -> Iterator[Form]:
    if found:
        keys = tuple(word.key for word in found[:_MOST_WORDS])
        yield Form(keys, worth, script_of(found[0].text), dense=found[0].dense)


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    import unicodedata

    return unicodedata.name(letter, "").split(" ")[0].split("-")[0]


@lru_cache(maxsize=100_000)
def translated(name: str, language: str) -> tuple[str, ...]:
    """What the CLDR calls the country, language or currency of an English *name* in *language*."""
    found = _english_names().get(name.replace("_", " ").strip().casefold().removesuffix(" language"))
    if found is None:
        return ()
    kind, code = found
    own = _names(language, kind).get(code)
    return () if own is None or own.casefold() == name.casefold() else (own,)


@cache
def _english_names() -> dict[str, tuple[str, str]]:
    known: dict[str, tuple[str, str]] = {}
    for kind in ("currencies", "languages", "territories"):
        for code, name in _names("en", kind).items():
            known[name.casefold()] = (kind, code)
    return known


@cache
def _names(language: str, kind: str) -> dict[str, str]:
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return {}
    found = {str(code): str(name) for code, name in getattr(locale, kind).items()}
    # Regions of the world, by number, are named like countries and continents.
    return found
