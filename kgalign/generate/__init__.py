"""Descriptions of entities in the languages that people read, verified before they leave.

A :class:`Drafter` puts facts into words with placeholders (:class:`TemplateRealiser` by templates), the
placeholders get the graph's names, and a :class:`Generator` emits only what the verifier supports.
"""

from kgalign.generate.chain import DrafterChain, chosen_drafter
from kgalign.generate.description import Description, OmittedFact, StatedClause, UsedName
from kgalign.generate.drafting import Clause, Drafter, Hypothesis, Placeholder
from kgalign.generate.examples import Example, read_examples
from kgalign.generate.learning import learnt
from kgalign.generate.lexicalise import Wording, worded
from kgalign.generate.options import GenerateOptions
from kgalign.generate.realiser import TemplateRealiser
from kgalign.generate.session import Session
from kgalign.generate.template import Pattern, Slot, Template
from kgalign.generate.template_store import TemplateStore, hand_written
from kgalign.generate.verified import Generator

__all__ = [
    "Clause",
    "Description",
    "Drafter",
    "DrafterChain",
    "Example",
    "GenerateOptions",
    "Generator",
    "Hypothesis",
    "OmittedFact",
    "Pattern",
    "Placeholder",
    "Session",
    "Slot",
    "StatedClause",
    "Template",
    "TemplateRealiser",
    "TemplateStore",
    "UsedName",
    "Wording",
    "chosen_drafter",
    "hand_written",
    "learnt",
    "read_examples",
    "worded",
]
