"""Entity alignment: which entities of two graphs are the same, with a probability for each link."""

from kgalign.align.aligner import Alignment, Seeds, align
from kgalign.align.decided_pairs import DecidedPairs, DistributedDecisions, distribute_decisions
from kgalign.align.decisions import Decision, DecisionFile
from kgalign.align.earlier import Earlier, read_earlier
from kgalign.align.extra_labels import labels_of, read_labels
from kgalign.align.links import OWL_SAME_AS, Links
from kgalign.align.many import GraphPair, ManyAlignment, align_many, check_cardinality
from kgalign.align.options import ALL_SIGNALS, AlignOptions
from kgalign.align.pairs import (
    DistributedPairs,
    ResolvedPairs,
    distribute,
    one_per_entity,
    read_pairs,
    resolve,
)
from kgalign.align.review_order import review_order
from kgalign.align.run_folder import write_run
from kgalign.align.sssom import sssom

__all__ = [
    "ALL_SIGNALS",
    "OWL_SAME_AS",
    "AlignOptions",
    "Alignment",
    "DecidedPairs",
    "Decision",
    "DecisionFile",
    "DistributedDecisions",
    "DistributedPairs",
    "Earlier",
    "GraphPair",
    "Links",
    "ManyAlignment",
    "ResolvedPairs",
    "Seeds",
    "align",
    "align_many",
    "check_cardinality",
    "distribute",
    "distribute_decisions",
    "labels_of",
    "one_per_entity",
    "read_earlier",
    "read_labels",
    "read_pairs",
    "resolve",
    "review_order",
    "sssom",
    "write_run",
]
