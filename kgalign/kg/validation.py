"""Checking single terms, as a strict parser would."""

from __future__ import annotations

from collections.abc import Callable

from pyoxigraph import NamedNode


def validate(check: Callable[[str], object], text: str) -> None:
    """Turn the ValueError by which *check* refuses *text* into the SyntaxError of a parser."""
    try:
        check(text)
    except ValueError as error:
        raise SyntaxError(str(error)) from error


def check_node(text: str) -> None:
    """Raise ValueError unless *text* is a valid IRI or a blank node."""
    if not text.startswith("_:"):
        NamedNode(text)
