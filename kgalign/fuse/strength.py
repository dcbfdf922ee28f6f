"""How much each link is worth: what the graphs say of it, and its own probability."""

from __future__ import annotations

import numpy as np
from scipy.special import logit

from kgalign.align.matching import Values
from kgalign.fuse.evidence import LinkEvidence
from kgalign.fuse.linking import CONFIRMED, SAME_IRI, Linking
from kgalign.fuse.repair import WeightedLinks
from kgalign.fuse.sources import Sources

# How far a link's own probability counts beside what the graphs say of it: that is most often in it.
_PROBABILITY_SHARE = 0.3
_SUREST = 8.0
_MOST_PROBABILITY = 1 - 1e-6
# Nothing but another such link overrules what a person confirmed, or what shares its IRI.
_CERTAIN = {CONFIRMED: 1e9, SAME_IRI: 1e6}


def weighted_links(sources: Sources, linking: Linking, evidence: LinkEvidence) -> WeightedLinks:
    """The links with their strength: their support by the graphs and, less, their own probability."""
    strength = np.logaddexp(0.0, link_log_odds(linking, evidence))
    for kind, certain in _CERTAIN.items():
        column = "status" if kind == CONFIRMED else "method"
        strength = np.where((linking.links[column] == kind).to_numpy(), certain, strength)
    return WeightedLinks(
        linking.links["first"].to_numpy(),
        linking.links["second"].to_numpy(),
        strength,
        sources.graph_of_entity,
    )


def link_log_odds(linking: Linking, evidence: LinkEvidence) -> Values:
    """What speaks for each link: its support, and a share of its own log-odds."""
    own = np.minimum(
        logit(np.clip(linking.links["probability"].to_numpy(), 1e-6, _MOST_PROBABILITY)), _SUREST
    )
    return np.asarray(evidence.links["support"].to_numpy() + _PROBABILITY_SHARE * own, np.float64)
