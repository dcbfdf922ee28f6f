"""Making the links between many graphs agree: clusters with at most one entity of each graph.

Graphs aligned pair by pair contradict each other: A's entity is linked to one of B and to one of C
that are not linked, or that are linked to others. Here entities are joined into clusters one merge
after the other, the merge that most speaks for first (a greedy correlation clustering; Bansal, Blum
and Chawla 2004). What speaks for a merge is the sum of the log-odds of *all* pairs of members across
the two clusters, for and against it: a pair that isn't even a candidate counts mildly against. A
merge that would put two entities of one graph together never happens, so the weaker evidence gives way.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.special import logit

from kgalign.align.candidates import Ids
from kgalign.align.matching import Values

# What a pair that is no candidate says, in log-odds; also the most that any candidate says against
# being the same, since most often another candidate was preferred, which may itself have given way.
# Settled on the training links of DBP-5L.
ABSENT = -1.0


@dataclass(frozen=True)
class Evidence:
    """What is known about pairs of entities of different graphs; each pair at most once.

    Entities are numbered through all graphs.

    Attributes:
        first: an entity, one per pair.
        second: the other entity.
        log_odds: how much speaks for the two being the same.
        accepted: whether the pair is a link, and not only a candidate.
        graph: the graph of each entity; as long as there are entities.
    """

    first: Ids
    second: Ids
    log_odds: Values
    accepted: NDArray[np.bool_]
    graph: Ids

    def rows(self, kept: NDArray[np.bool_]) -> Evidence:
        """The pairs where *kept* holds."""
        return Evidence(
            self.first[kept], self.second[kept], self.log_odds[kept], self.accepted[kept], self.graph
        )


def join(evidence: Evidence, threshold: float) -> Ids:
    """Join entities into clusters that hold at most one entity of each graph.

    Two clusters are merged only if a link runs between them and the probability of the merge, given
    all pairs across the two, reaches *threshold*. Two linked graphs keep their links as they are.

    Args:
        evidence: links and candidates; links that nothing but another such link may overrule have
            log-odds far above all others.
        threshold: probability from which on links are accepted.

    Returns:
        A label per entity, the same within a cluster: the lowest number of its entities.
    """
    count = len(evidence.graph)
    links = evidence.rows(evidence.accepted)
    component = _components(links, count)
    size = np.bincount(component, minlength=count)
    linked = np.bincount(component[links.first], minlength=count)
    # Components are numbered by their lowest member, so a sound one is labelled by its number.
    sound = (linked == size * (size - 1) // 2) & ~_holds_a_graph_twice(component, evidence.graph)
    label = np.where(sound[component], component, np.arange(count))
    inside = (component[evidence.first] == component[evidence.second]) & ~sound[component[evidence.first]]
    doubtful = evidence.rows(inside)
    for one, other in _Merging(doubtful, threshold).run():
        label[other] = one
    return _lowest(label)


def summed(evidence: Evidence, label: Ids, first: Ids, second: Ids) -> tuple[Values, NDArray[np.bool_]]:
    """What speaks for merging the clusters of *first* and *second*, and whether they may be merged.

    Args:
        evidence: as given to :func:`join`.
        label: as :func:`join` gives it.
        first: entities, one per question.
        second: entities of other clusters.

    Returns:
        The summed log-odds per question, and whether the two clusters hold different graphs.
    """
    count = len(label)
    size = np.bincount(label, minlength=count)
    across = label[evidence.first] != label[evidence.second]
    keys = _keys(label[evidence.first[across]], label[evidence.second[across]], count)
    asked = _keys(label[first], label[second], count)
    known, place = np.unique(asked, return_inverse=True)
    found = np.searchsorted(known, keys)
    found[found == len(known)] = 0
    hit = known[found] == keys if len(known) else np.zeros(len(keys), bool)
    total = np.bincount(found[hit], evidence.log_odds[across][hit], len(known))
    candidates = np.bincount(found[hit], minlength=len(known))
    one, other = known // count, known % count
    missing = size[one] * size[other] - candidates
    return np.asarray(total + ABSENT * missing, np.float64)[place], _disjoint(
        label, evidence.graph, one, other
    )[place]


def _disjoint(label: Ids, graph: Ids, one: Ids, other: Ids) -> NDArray[np.bool_]:
    """Whether the clusters *one* and *other* (by label) have no graph in common."""
    holds = sparse.csr_matrix(
        (np.ones(len(label), np.int32), (label, graph)), shape=(len(label), int(graph.max(initial=-1)) + 1)
    )
    common = np.asarray(holds[one].multiply(holds[other]).sum(axis=1)).ravel()
    return np.asarray(common == 0)


def _components(links: Evidence, count: int) -> Ids:
    """The connected component of each entity, numbered by its lowest member."""
    ones = np.ones(len(links.first), np.int8)
    edges = sparse.csr_matrix((ones, (links.first, links.second)), (count, count))
    return _lowest(connected_components(edges, directed=False)[1])


def _lowest(label: Ids) -> Ids:
    """Rename each label to the lowest position that has it."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], np.int64)


def _keys(one: Ids, other: Ids, count: int) -> Ids:
    """One integer per unordered pair of labels."""
    return np.asarray(np.minimum(one, other) * count + np.maximum(one, other))


def _holds_a_graph_twice(component: Ids, graph: Ids) -> NDArray[np.bool_]:
    """Whether each component has two entities of one graph."""
    graphs = int(graph.max(initial=-1)) + 1
    keys, times = np.unique(component * graphs + graph, return_counts=True)
    twice = np.zeros(len(component), bool)
    twice[keys[times > 1] // max(graphs, 1)] = True
    return twice


@dataclass
class _Between:
    """What is known between two clusters: summed log-odds, number of candidates, whether linked."""

    log_odds: float = 0.0
    candidates: int = 0
    linked: bool = False

    def add(self, other: _Between) -> None:
        self.log_odds += other.log_odds
        self.candidates += other.candidates
        self.linked |= other.linked


class _Merging:
    """Merges clusters, the best merge first; only entities that evidence names take part."""

    def __init__(self, evidence: Evidence, threshold: float) -> None:
        # A threshold below one half accepts links that more speaks against than for; what counts
        # is then how far they are above it.
        bar = float(logit(np.clip(threshold, 1e-6, 1 - 1e-6)))
        self._offset, self._bar = min(bar, 0.0), max(bar, 0.0) - 1e-9
        self._between: dict[int, dict[int, _Between]] = {}
        self._size: dict[int, int] = {}
        self._graphs: dict[int, int] = {}
        self._queue: list[tuple[float, int, int, int, int]] = []
        # A merged cluster gets a fresh number, so that what waits in the queue for its parts is stale.
        self._lowest: dict[int, int] = {}
        self._fresh = len(evidence.graph)
        for entity in np.unique(np.concatenate([evidence.first, evidence.second])).tolist():
            self._between[entity] = {}
            self._size[entity] = 1
            self._graphs[entity] = 1 << int(evidence.graph[entity])
            self._lowest[entity] = entity
        for one, other, log_odds, accepted in zip(
            evidence.first.tolist(),
            evidence.second.tolist(),
            (evidence.log_odds - self._offset).tolist(),
            evidence.accepted.tolist(),
            strict=True,
        ):
            known = _Between(log_odds, 1, accepted)
            self._between[one][other] = self._between[other][one] = known
        for one, neighbours in self._between.items():
            for other in neighbours:
                if one < other:
                    self._consider(one, other)

    def run(self) -> list[tuple[int, int]]:
        """Each entity that joined a cluster, after that cluster's lowest entity."""
        members = {entity: [entity] for entity in self._between}
        while self._queue:
            _, _, _, one, other = heapq.heappop(self._queue)
            if one in self._between and other in self._between:
                merged = self._merge(one, other)
                members[merged] = members.pop(one) + members.pop(other)
        return [(min(entities), entity) for entities in members.values() for entity in entities]

    def _consider(self, one: int, other: int) -> None:
        known = self._between[one][other]
        if not known.linked or self._graphs[one] & self._graphs[other]:
            return
        missing = self._size[one] * self._size[other] - known.candidates
        score = known.log_odds + ABSENT * missing
        if score >= self._bar:
            # Equal scores are taken in the order of the clusters' lowest entities.
            first, second = sorted((self._lowest[one], self._lowest[other]))
            heapq.heappush(self._queue, (-score, first, second, one, other))

    def _merge(self, one: int, other: int) -> int:
        merged = self._fresh
        self._fresh += 1
        self._size[merged] = self._size[one] + self._size[other]
        self._graphs[merged] = self._graphs[one] | self._graphs[other]
        self._lowest[merged] = min(self._lowest[one], self._lowest[other])
        together: dict[int, _Between] = {}
        for part, twin in ((one, other), (other, one)):
            for neighbour, known in self._between.pop(part).items():
                if neighbour != twin:
                    together.setdefault(neighbour, _Between()).add(known)
                    del self._between[neighbour][part]
        self._between[merged] = together
        for neighbour, known in together.items():
            self._between[neighbour][merged] = known
            self._consider(merged, neighbour)
        return merged
