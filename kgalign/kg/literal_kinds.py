"""What a literal is beside its text: its language or its datatype, as a number."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode

from kgalign.kg.languages import canonical_tag
from kgalign.kg.validation import validate

_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
_LANGUAGE_DATATYPES = (
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#dirLangString",
)


class LiteralKinds(dict[str, int]):
    """Codes for what a literal is beside its text: ``kinds[language tag or datatype IRI]``.

    A datatype IRI always has a colon and a language tag never, so one table serves both. Tags that
    differ only in case share a code; ``xsd:string`` is the plain kind, code 0.

    Attributes:
        validating: whether a new tag or datatype is checked; :class:`SyntaxError` if it fails.
    """

    validating = False

    def __init__(self) -> None:
        """See the class."""
        super().__init__({_XSD_STRING: 0})
        self.languages: list[str | None] = [None]
        self.datatypes: list[str | None] = [None]
        self._codes: dict[str, int] = {}

    def __missing__(self, key: str) -> int:
        """Give a new language or datatype its code."""
        if self.validating:
            validate(_plain_kind, key)
        if key in _LANGUAGE_DATATYPES:  # without its tag, which only a lenient parse lets through
            code = 0
        else:
            is_datatype = ":" in key
            canonical = key if is_datatype else canonical_tag(key)
            code = self._codes.setdefault(canonical, len(self.languages))
            if code == len(self.languages):
                self.languages.append(None if is_datatype else canonical)
                self.datatypes.append(canonical if is_datatype else None)
        self[key] = code
        return code


def _plain_kind(key: str) -> None:
    """Raise ValueError unless *key* is a valid language tag or datatype IRI."""
    if ":" not in key:
        Literal("", language=key)
    elif key in _LANGUAGE_DATATYPES:
        raise ValueError(f"a literal of the datatype {key} has no language tag")
    else:
        NamedNode(key)
