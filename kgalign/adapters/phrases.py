"""How facts are put into words, for objectives and questions alike."""

from __future__ import annotations


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
