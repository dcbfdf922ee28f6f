"""Clusters that hold at most one entity of each graph, by cutting the weakest links.

What is linked is first taken together (connected components). A component that holds two entities of
one graph is taken apart and built anew: its links are added from the strongest to the weakest, and one
that would put two entities of a graph into one cluster is left out (Kruskal's algorithm with a
constraint). Then two entities of one graph change places as long as the links cut get weaker
by it; this mends what a single wrong but strong link spoils. Finding the weakest cut of all is
NP-hard from three graphs on (a multiway cut).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from kgalign.align.candidates import Ids
from kgalign.align.matching import Values

_MOST_PASSES = 20
_LEAST_GAIN = 1e-9


@dataclass(frozen=True)
class WeightedLinks:
    """Links between things of several groups (entities of graphs, or relations of graphs).

    Attributes:
        first: a thing, one per link.
        second: the other thing.
        strength: how much the link is worth, above 0.
        group: the group of each thing; as long as there are things.
    """

    first: Ids
    second: Ids
    strength: Values
    group: Ids


def repaired(links: WeightedLinks, apart: Iterable[tuple[int, int]] = ()) -> Ids:
    """What links connect, with at most one thing of each group together.

    Args:
        links: the links; of equally strong ones, that between the lowest numbers counts as stronger. Where
            each thing is a group of its own, only *apart* keeps any apart.
        apart: pairs of things that must not come together.

    Returns:
        A label per thing: the lowest number of its cluster.
    """
    label = np.arange(len(links.group))
    enemies: dict[int, set[int]] = defaultdict(set)
    for one, other in apart:
        enemies[one].add(other)
        enemies[other].add(one)
    unsound: list[set[int]] = []
    for component in _components(links):
        groups = links.group[list(component)]
        split = any(enemies.get(thing, set()) & component for thing in component)
        if split or len(np.unique(groups)) < len(groups):
            unsound.append(component)
        else:
            label[list(component)] = min(component)
    if unsound:
        inside = np.isin(links.first, np.fromiter((t for part in unsound for t in part), np.int64))
        for cluster in _Building(links, inside, enemies).clusters():
            label[list(cluster)] = min(cluster)
    return label


def cut(links: WeightedLinks, label: Ids) -> NDArray[np.bool_]:
    """Whether each link runs between two clusters."""
    return np.asarray(label[links.first] != label[links.second])


def bridges(links: WeightedLinks, label: Ids) -> NDArray[np.bool_]:
    """Whether each link alone holds its cluster of three and more together."""
    size = np.bincount(label, minlength=len(label))
    inside = ~cut(links, label) & (size[label[links.first]] > 2)
    graph = nx.Graph()
    graph.add_edges_from(zip(links.first[inside].tolist(), links.second[inside].tolist(), strict=True))
    found = {(min(edge), max(edge)) for edge in nx.bridges(graph)}
    ends = zip(links.first.tolist(), links.second.tolist(), strict=True)
    return np.fromiter(((min(e), max(e)) in found for e in ends), bool, len(links.first))


def _components(links: WeightedLinks) -> Iterable[set[int]]:
    graph = nx.Graph()
    graph.add_edges_from(zip(links.first.tolist(), links.second.tolist(), strict=True))
    components: Iterable[set[int]] = nx.connected_components(graph)
    return components


@dataclass
class _Cluster:
    """Things that are together, by group."""

    members: dict[int, int] = field(default_factory=dict)


class _Building:
    """Unsound components, taken apart and built anew."""

    def __init__(self, links: WeightedLinks, inside: NDArray[np.bool_], enemies: dict[int, set[int]]) -> None:
        self._enemies = enemies
        rows = np.flatnonzero(inside)
        order = rows[np.lexsort((links.second[rows], links.first[rows], -links.strength[rows]))]
        self._links = list(
            zip(
                links.first[order].tolist(),
                links.second[order].tolist(),
                links.strength[order].tolist(),
                strict=True,
            )
        )
        self._strength: dict[int, dict[int, float]] = defaultdict(dict)
        self._cluster: dict[int, _Cluster] = {}
        for one, other, strength in self._links:
            self._strength[one][other] = self._strength[other][one] = strength
        self._group = {thing: int(links.group[thing]) for thing in self._strength}
        for thing in self._strength:
            self._cluster[thing] = _Cluster({self._group[thing]: thing})

    def clusters(self) -> list[set[int]]:
        """What stays together."""
        self._add_strongest_first()
        for _ in range(_MOST_PASSES):
            if not self._exchange():
                break
            self._add_strongest_first()
        return [
            set(cluster.members.values())
            for thing, cluster in self._cluster.items()
            if thing == min(cluster.members.values())
        ]

    def _add_strongest_first(self) -> None:
        for one, other, _ in self._links:
            here, there = self._cluster[one], self._cluster[other]
            if here is not there and self._may_join(here, there):
                here.members |= there.members
                for thing in there.members.values():
                    self._cluster[thing] = here

    def _may_join(self, here: _Cluster, there: _Cluster) -> bool:
        if here.members.keys() & there.members.keys():
            return False
        everyone = set(there.members.values())
        return not any(self._enemies.get(thing, set()) & everyone for thing in here.members.values())

    def _exchange(self) -> bool:
        """Let things change places with one of their group wherever that makes the kept links stronger."""
        changed = False
        for one, other, _ in self._links:
            for mover, host in ((one, other), (other, one)):
                there = self._cluster[host]
                rival = there.members.get(self._group[mover])
                if rival is not None and rival != mover and self._take_place(mover, rival, there):
                    changed = True
        return changed

    def _take_place(self, mover: int, rival: int, there: _Cluster) -> bool:
        here = self._cluster[mover]
        group = self._group[mover]
        left = {key: thing for key, thing in here.members.items() if thing != mover}
        rest = {key: thing for key, thing in there.members.items() if thing != rival}
        if self._enemies.get(mover, set()) & set(rest.values()):
            return False
        home, home_worth = self._home(rival, group, left, there)
        gain = self._worth(mover, rest) + home_worth - self._worth(mover, left) - self._worth(rival, rest)
        if gain <= _LEAST_GAIN:
            return False
        here.members.pop(group)
        there.members[group] = mover
        self._cluster[mover] = there
        new = _Cluster({group: rival})
        if home is not None:
            home.members[group] = rival
            new = home
        self._cluster[rival] = new
        return True

    def _home(
        self, thing: int, group: int, left: dict[int, int], without: _Cluster
    ) -> tuple[_Cluster | None, float]:
        """The cluster with room for *thing* that it is most strongly linked to, and by how much.

        *left* is what would remain of its rival's cluster, which gets room by the exchange.
        """
        best: _Cluster | None = None
        worth = 0.0
        for neighbour in self._strength[thing]:
            cluster = self._cluster[neighbour]
            members = left if neighbour in left.values() else cluster.members
            if cluster is without or group in members:
                continue
            if self._enemies.get(thing, set()) & set(members.values()):
                continue
            value = self._worth(thing, members)
            if value > worth + _LEAST_GAIN:
                best, worth = cluster, value
        return best, worth

    def _worth(self, thing: int, members: dict[int, int]) -> float:
        strength = self._strength[thing]
        return sum(strength.get(member, 0.0) for member in members.values())
