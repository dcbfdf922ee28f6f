"""Names in the target language, and where each comes from.

A name is taken from the graph's label in the language, from the CLDR's name of the same country, language
or currency, or from a label in another language, as it is or transliterated. Only into the Latin script
can names be transliterated here (anyascii); elsewhere a name in a foreign script stays as it is and is
marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import regex
from anyascii import anyascii
from babel import Locale, UnknownLocaleError

from kgalign.generate.spelling import parts_of, respelt
from kgalign.generate.values import worded_value
from kgalign.verify.language_forms import base_language
from kgalign.verify.names import script_of, translated
from kgalign.verify.verdicts import Name, Term

Origin = Literal["label", "CLDR", "borrowed", "transliterated", "foreign script", "value"]
WHOLE, BEFORE_COMMA = "whole", "before comma"
# Of nothing that a person would call a name.
LONGEST_NAME = 200
# Transformed from a language that isn't told (RFC 6497).
_TRANSFORMED = "-t-und"

_SPACES = regex.compile(r"[\s\p{C}]+")
_SYLLABLES = frozenset({"CJK", "HIRAGANA", "KATAKANA"})
_BRACKETS = regex.compile(r"\s*[(（][^()（）]*[)）]\s*$")


@dataclass(frozen=True)
class Wording:
    """A name or a value in words.

    Attributes:
        text: what is written.
        origin: where it comes from.
        language: that of the label which it was taken from; None if nobody knows, and for values.
    """

    text: str
    origin: Origin
    language: str | None = None


def worded(term: Term, language: str, form: str = "") -> Wording | None:
    """How *term* is called in *language*; None if it has no usable name, or is a malformed literal.

    Args:
        term: an entity or a literal.
        language: language code, without region.
        form: a form of :func:`forms`; one that the term doesn't have counts as the usual one.
    """
    if term.literal:
        text = worded_value(term, language, form)
        if text is not None:
            return Wording(text, "value")
        if term.datatype is not None and not term.datatype.endswith(("#string", "#langString")):
            return None
        if term.language is None or base_language(term.language) == language:
            text = _cleaned(term.value)
            return Wording(respelt(text, form), "value") if text else None
    name = _name(term, language)
    return name if name is None else Wording(_formed(name.text, form), name.origin, name.language)


def name_forms(text: str) -> dict[str, str]:
    """The forms in which a name may stand in a text, the usual one first."""
    found = {"": _formed(text, "")}
    for form in (WHOLE, BEFORE_COMMA):
        other = _formed(text, form)
        if other not in found.values():
            found[form] = other
    return found


def _formed(text: str, form: str) -> str:
    """*text* in a form; the usual one is without what is added in brackets."""
    parts = parts_of(form)
    if WHOLE in parts:
        return respelt(text, form)
    bare = _BRACKETS.sub("", text).strip() or text
    return respelt((bare.partition(",")[0].strip() or bare) if BEFORE_COMMA in parts else bare, form)


def _name(term: Term, language: str) -> Wording | None:
    names = [
        (text, base_language(name.language) if name.language else None, is_spelt(name))
        for name in _named(term)
        if (text := _cleaned(name.text))
    ]
    for text, tag, made in names:
        if tag == language:
            return Wording(text, "transliterated" if made else "label", tag)
    for text, tag, _ in names:
        own = translated(text, language) if tag == "en" else ()
        if own:
            return Wording(own[0], "CLDR", "en")
    wanted = scripts_of(language)
    for text, tag, _ in sorted(names, key=lambda name: name[1] != "en"):
        if not (script := script_of(text)) or not wanted or script in wanted:
            return Wording(text, "borrowed", tag)
    for text, tag, _ in names:
        latin = _cleaned(anyascii(text)) if "LATIN" in wanted else ""
        if latin:
            return Wording(latin, "transliterated", tag)
    # More people read Latin letters than any others.
    foreign = sorted(names, key=lambda name: (name[1] != "en", script_of(name[0]) != "LATIN"))
    return Wording(foreign[0][0], "foreign script", foreign[0][1]) if foreign else None


def spelling(text: str, language: str) -> Name:
    """A name that was spelt in the script of *language*, marked as such (BCP 47, extension T)."""
    return Name(text=text, language=f"{language}{_TRANSFORMED}")


def is_spelt(name: Name) -> bool:
    """Whether a name was made by :func:`spelling`."""
    return name.language is not None and name.language.endswith(_TRANSFORMED)


def _named(term: Term) -> Sequence[Name]:
    return term.names or ((Name(text=term.value, language=term.language),) if term.literal else ())


def _cleaned(text: str) -> str:
    """*text* on one line and without control characters; "" if it is no name."""
    text = _SPACES.sub(" ", text).strip()
    return text if len(text) <= LONGEST_NAME else ""


@cache
def scripts_of(language: str) -> frozenset[str]:
    """The scripts that *language* is written in, as Unicode names its letters; empty if unknown."""
    try:
        own = Locale.parse(language).languages.get(language, "")
    except (UnknownLocaleError, ValueError):
        return frozenset()
    found = frozenset(script_of(sign) for sign in own if sign.isalpha())
    return found | _SYLLABLES if language == "ja" else found
