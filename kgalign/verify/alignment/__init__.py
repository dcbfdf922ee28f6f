"""The alignment function: a cross-encoder that reads a text beside facts, in any language of its base.

Trained on texts that state their facts, in many languages, with made mistakes
(:func:`train_alignment`); read beside the model-free layer by :class:`kgalign.verify.Verifier`.
"""

from kgalign.verify.alignment.artefact import AlignmentDescription, read_alignment
from kgalign.verify.alignment.options import AlignmentOptions
from kgalign.verify.alignment.reader import AlignmentReader, TextAnswers
from kgalign.verify.alignment.scorer import AlignmentScorer
from kgalign.verify.alignment.session import train_alignment

__all__ = [
    "AlignmentDescription",
    "AlignmentOptions",
    "AlignmentReader",
    "AlignmentScorer",
    "TextAnswers",
    "read_alignment",
    "train_alignment",
]
