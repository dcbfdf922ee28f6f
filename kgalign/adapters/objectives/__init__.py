"""The objectives that a graph is taught by; one a file.

Of Hou et al. (2022, arXiv 2210.13617): **EP**, a name of an entity finds another of its names; **TP**,
subject and relation find the object; **ES**, a description of an entity finds its name; **TS**, a sentence
with the object cut out finds the object. And for text-to-text models, **T2T**: subject and relation are
translated into the object.
"""

from kgalign.adapters.objectives.base import Objective, TextPairs
from kgalign.adapters.objectives.registry import OBJECTIVES, ObjectiveName, make_objective

__all__ = ["OBJECTIVES", "Objective", "ObjectiveName", "TextPairs", "make_objective"]
