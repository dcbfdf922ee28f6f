"""How facts are put into words, for objectives and questions alike."""

from __future__ import annotations

import re

_HUMPS = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Z])"
)
_SEPARATORS = re.compile(r"[\s_]+")


def query_phrase(head: str, relation: str) -> str:
    """What asks for a fact's object (objective TP of Hou et al., 2022): subject, then relation.

    Example:
        >>> query_phrase("Marie Curie", "place of birth")
        'Marie Curie place of birth'
    """
    return f"{head} {relation}"


def fact_phrase(relation: str, tail: str) -> str:
    """A fact, its subject left out."""
    return f"{relation} {tail}"


def asked_in(language: str, head: str, relation: str) -> str:
    """What asks a text-to-text model for a fact's object in *language*."""
    return f"{language}: {head} | {relation}"


def relation_words(name: str) -> str:
    """The name of a property as words: ``birthPlace`` and ``birth_place`` have no spaces.

    Example:
        >>> relation_words("stateOfOrigin"), relation_words("rd1Team")
        ('state of origin', 'rd 1 team')
    """
    words = _SEPARATORS.sub(" ", _HUMPS.sub(" ", name)).strip().split(" ")
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)
