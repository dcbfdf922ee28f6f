"""The trained generator: an mT5 that reads facts and writes texts with placeholders.

:func:`train_generator` trains one, :func:`open_drafter` gives it as a
:class:`~kgalign.generate.drafting.Drafter`, and :func:`export` makes it fast on a CPU.
"""

from kgalign.generate.neural.artefact import GeneratorDescription, read_description
from kgalign.generate.neural.drafter import NeuralDrafter, is_generator, open_drafter
from kgalign.generate.neural.export import export
from kgalign.generate.neural.options import NeuralOptions
from kgalign.generate.neural.session import train_generator

__all__ = [
    "GeneratorDescription",
    "NeuralDrafter",
    "NeuralOptions",
    "export",
    "is_generator",
    "open_drafter",
    "read_description",
    "train_generator",
]
