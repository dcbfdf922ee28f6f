"""Alignment by label vectors alone: which target's name is closest to the source's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from kgalign.adapters.evaluation.named_entities import NamedEntities, distinct_vectors, similarity_blocks
from kgalign.adapters.evaluation.tied_ranks import tied_ranks
from kgalign.align.candidates import Ids
from kgalign.align.pairs import ResolvedPairs
from kgalign.align.signals.texts import Texts
from kgalign.align.signals.vectors import Matrix, centred_by_language
from kgalign.encode import TextEncoder
from kgalign.evaluate import RankingMetrics, metrics_of_ranks
from kgalign.evaluate.alignment import Pool

Centring = Literal["none", "by language"]
Measure = Literal["cosine", "csls"]


@dataclass(frozen=True)
class LabelAlignment:
    """How well one way of comparing label vectors ranks the reference's targets.

    Attributes:
        centring: ``none``, or ``by language`` as the aligner's label signal has it.
        measure: ``cosine`` or ``csls``.
        metrics: the ranks' summary; a link of which an entity has no name counts as missed.
    """

    centring: Centring
    measure: Measure
    metrics: RankingMetrics


def label_alignment(
    first: Texts,
    second: Texts,
    reference: ResolvedPairs,
    encoder: TextEncoder,
    pools: Sequence[Pool] = ("reference", "all"),
    neighbours: int = 10,
) -> list[LabelAlignment]:
    """Rank the second graph's entities for the source of each reference link by their names' vectors.

    The closest pair of names counts. CSLS (Conneau et al., "Word Translation Without Parallel Data",
    2018) takes off a target's mean similarity to its closest sources; what it takes off for the source
    is the same for all of its targets and leaves the ranks alone. In the pool ``reference`` both sides
    hold the reference's entities alone, in ``all`` every entity that has a name. Ties share their mean rank.

    Args:
        first: names of the sources' graph (see :func:`~kgalign.align.signals.texts.entity_texts`).
        second: names of the targets' graph.
        reference: links by entity id.
        encoder: gives the vectors.
        pools: among which targets to rank.
        neighbours: the k of CSLS.

    Returns:
        A result for each pool, centring and measure, in this order.
    """
    links = np.unique(np.stack([reference.source, reference.target], axis=1), axis=0)
    vectors = [distinct_vectors(encoder, texts.rows["text"].to_list()) for texts in (first, second)]
    results = []
    for pool in pools:
        for centring in get_args(Centring):
            sides = [
                NamedEntities.of(texts, _centred(texts, raw, centring))
                for texts, raw in zip((first, second), vectors, strict=True)
            ]
            ranks = _ranks(*_pooled(sides, links, pool), links, neighbours)
            for measure, found in zip(get_args(Measure), ranks, strict=True):
                metrics = metrics_of_ranks(found, len(links), pool)
                results.append(LabelAlignment(centring, measure, metrics))
    return results


def _centred(texts: Texts, vectors: Matrix, centring: Centring) -> Matrix:
    if centring == "none":
        return vectors
    return centred_by_language(vectors, texts.rows["language"].to_numpy().astype(str))


def _pooled(sides: list[NamedEntities], links: Ids, pool: Pool) -> tuple[NamedEntities, NamedEntities]:
    if pool == "all":
        return sides[0], sides[1]
    places = [np.unique(side.places(links[:, end])) for end, side in enumerate(sides)]
    first, second = (side.at(place[place >= 0]) for side, place in zip(sides, places, strict=True))
    return first, second


def _ranks(
    sources: NamedEntities, targets: NamedEntities, links: Ids, neighbours: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ranks of those links whose entities have names, by cosine and by CSLS."""
    source, target = sources.places(links[:, 0]), targets.places(links[:, 1])
    known = np.flatnonzero((source >= 0) & (target >= 0))
    source, target = source[known], target[known]
    if not len(known):
        return np.empty(0), np.empty(0)
    hubness = _hubness(targets, sources, neighbours)
    asking, asked = np.unique(source, return_inverse=True)
    by_cosine, by_csls = np.empty(len(known)), np.empty(len(known))
    for block, similarity in similarity_blocks(sources.at(asking), targets):
        # The links are sorted by source, so those of a block follow each other.
        rows = slice(*np.searchsorted(asked, [block.start, block.stop]))
        place = asked[rows] - block.start
        by_cosine[rows] = tied_ranks(similarity[place], target[rows])
        by_csls[rows] = tied_ranks(similarity[place] - hubness / 2, target[rows])
    return by_cosine, by_csls


def _hubness(targets: NamedEntities, sources: NamedEntities, neighbours: int) -> Matrix:
    """Each target's mean similarity to its *neighbours* closest sources."""
    kept = min(neighbours, len(sources))
    hubness = np.empty(len(targets), np.float32)
    for block, similarity in similarity_blocks(targets, sources):
        hubness[block] = np.partition(similarity, -kept, axis=1)[:, -kept:].mean(axis=1)
    return hubness
