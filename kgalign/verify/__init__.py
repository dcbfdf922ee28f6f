"""Any text checked against a graph, span by span, in any of the graph's languages.

:class:`Verifier` takes a text and gives a :class:`VerifiedText`: what the graph supports of it, what it
contradicts, what it says nothing about, and which of the facts the text states.
"""

from kgalign.verify.fact_set import FactSet
from kgalign.verify.lexicon import Lesson, Lexicon
from kgalign.verify.options import VerifyOptions
from kgalign.verify.verdicts import (
    Fact,
    FactCoverage,
    Name,
    Qualifier,
    Span,
    Term,
    Triple,
    Verdict,
    VerifiedText,
)
from kgalign.verify.verifier import FactSource, Request, Verifier

__all__ = [
    "Fact",
    "FactCoverage",
    "FactSet",
    "FactSource",
    "Lesson",
    "Lexicon",
    "Name",
    "Qualifier",
    "Request",
    "Span",
    "Term",
    "Triple",
    "Verdict",
    "Verifier",
    "VerifiedText",
    "VerifyOptions",
]
