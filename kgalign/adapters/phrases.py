"""What a language model is asked: the wording that training and evaluation share."""

from __future__ import annotations

import re

_HUMPS = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Z])"
)
_SEPARATORS = re.compile(r"[\s_]+")


def query_phrase(head: str, relation: str) -> str:
    """The phrase whose vector should be near that of the missing tail's label.

    Args:
        head: a label of the head.
        relation: a label of the relation.

    Example:
        >>> query_phrase("Athens", "country")
        'Athens country'
    """
    return f"{head} {relation}"


def relation_words(name: str) -> str:
    """The name of a property as words: ``birthPlace`` and ``birth_place`` have no spaces.

    Example:
        >>> relation_words("stateOfOrigin"), relation_words("rd1Team")
        ('state of origin', 'rd 1 team')
    """
    words = _SEPARATORS.sub(" ", _HUMPS.sub(" ", name)).strip().split(" ")
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)
