"""What the graphs themselves say of each link, measured anew and in the same way for all of them.

A link's own probability may come from anywhere. Here each link is set against its rivals: the other
pairs of its two entities that are linked too, that share neighbours, or that the run looked at. All of
them are scored by the evidence of matched neighbours and values (none speaks for itself), by a lexicon
of name parts learnt from the other links, and by spelling; how much each counts is learnt from the
links, as in :mod:`kgalign.align.combination`. A link's support is the logarithm of its share among its
source's candidates, and among its target's: 0 where nothing comes near it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.align.candidates import Ids, Pairs
from kgalign.align.combination import Combination, learn
from kgalign.align.matching import Values
from kgalign.align.naming import relation_names
from kgalign.align.signals.lexicon import Lexicon
from kgalign.align.signals.spelling import products, weighted_grams
from kgalign.align.signals.texts import Texts, entity_texts
from kgalign.align.structure.evidence import MatchedNeighbours
from kgalign.align.structure.neighbourhood import neighbourhoods
from kgalign.align.structure.relations import correspondences
from kgalign.fuse.linking import Linking
from kgalign.fuse.sources import Sources

_PROPOSED = 5
_HUB_LIMIT = 60
_LABELS_PER_ENTITY = 8
_LEAST_LEXICON = 200
# What names tell is learnt from at most so many links, of all pairs of graphs together: a lexicon of
# thousands of links isn't much worse than one of tens of thousands.
_MOST_LEXICON = 40_000
# The aligner's starting weights for these signals (see kgalign.align.bootstrapping).
_STARTING = Combination(
    names=(
        "characters",
        "lexicon",
        "attribute_likeness",
        "attribute_certainty",
        "structure_likeness",
        "structure_certainty",
    ),
    weights=np.array([10.0, 8.0, 16.0, 6.0, 16.0, 6.0]),
    learnt_from=0,
)
EVIDENCE_SCHEMA = pl.Schema(
    {
        "first": pl.Int64,
        "second": pl.Int64,
        "support": pl.Float64,
        "rival": pl.Int64,
        "rival_side": pl.String,
        "neighbours": pl.Float64,
        "values": pl.Float64,
        "names": pl.Float64,
    }
)


@dataclass(frozen=True)
class LinkEvidence:
    """What the graphs say of the links, and of their relations.

    Attributes:
        links: one row per link, in the order of the linking: ``first``, ``second``, ``support`` (at most
            0), ``rival`` (the entity that most contests the link, -1 for none) and ``rival_side``
            (whose place it would take: ``first`` or ``second``), and how alike the two are by
            ``neighbours``, ``values`` and ``names``, in [0, 1].
        relations: ``source_graph``, ``target_graph``, ``relation``, ``counterpart`` (IRIs; ``^`` marks an
            inverse), ``forward``, ``backward``: correspondences by these links.
    """

    links: pl.DataFrame
    relations: pl.DataFrame


def link_evidence(sources: Sources, linking: Linking) -> LinkEvidence:
    """Measure the evidence of all links of *linking*."""
    texts = [entity_texts(graph, None, _LABELS_PER_ENTITY) for graph in sources.graphs]
    links = linking.links.select("first", "second", "probability")
    graph = sources.graph_of_entity
    parts, relations = [], []
    graph_pairs = list(combinations(range(len(sources.graphs)), 2))
    for i, j in graph_pairs:
        mine = _between(links, graph, i, j)
        if mine.height:
            rivals = _between(linking.candidates, graph, i, j)
            found = _Pairwise(sources, i, j, (texts[i], texts[j]), mine, _MOST_LEXICON // len(graph_pairs))
            parts.append(found.evidence(rivals))
            relations.append(found.relations())
    evidence = pl.concat(parts).cast(EVIDENCE_SCHEMA)
    ordered = links.select("first", "second").join(
        evidence, on=["first", "second"], how="left", maintain_order="left"
    )
    return LinkEvidence(ordered, pl.concat(relations))


def _between(pairs: pl.DataFrame, graph: Ids, i: int, j: int) -> pl.DataFrame:
    """The rows of *pairs* between two graphs, by position."""
    ends = [graph[pairs[side].to_numpy()] for side in ("first", "second")]
    return pairs.filter(pl.Series((ends[0] == i) & (ends[1] == j)))


class _Pairwise:
    """The evidence between two graphs."""

    def __init__(
        self,
        sources: Sources,
        i: int,
        j: int,
        texts: tuple[Texts, Texts],
        links: pl.DataFrame,
        most_lexicon: int,
    ) -> None:
        self._most_lexicon = most_lexicon
        self._names = (sources.names[i], sources.names[j])
        self._graphs = (sources.graphs[i], sources.graphs[j])
        self._offsets = (int(sources.entity_offsets[i]), int(sources.entity_offsets[j]))
        self._texts = texts
        self._source, self._target = self._local(links)
        first, second, values = neighbourhoods(*self._graphs)
        self._near = MatchedNeighbours(first, second, values)
        self._matches = self._near.matches(self._source, self._target, links["probability"].to_numpy())
        self._correspondence = correspondences(first, second, self._matches)

    def evidence(self, candidates: pl.DataFrame) -> pl.DataFrame:
        """The evidence of each link, with *candidates* among its rivals (see :data:`EVIDENCE_SCHEMA`)."""
        links = (self._source, self._target)
        sizes = (self._graphs[0].entity_count, self._graphs[1].entity_count)
        proposed = self._near.propose(self._matches, _PROPOSED, _HUB_LIMIT)
        pairs = Pairs.union([links, proposed, self._local(candidates)], *sizes)
        row = pairs.position(*links)
        signals = self._signals(pairs)
        score = learn(pairs, signals, np.unique(row), _STARTING).score(signals)
        contests = [_Contest.of(entity, score, row) for entity in (pairs.source, pairs.target)]
        of_target = contests[0].share < contests[1].share
        place = np.where(of_target, contests[0].rival, contests[1].rival)
        # Among a source's candidates it is another target that contests, and the other way round.
        rival = np.where(
            of_target, pairs.target[place] + self._offsets[1], pairs.source[place] + self._offsets[0]
        )
        return pl.DataFrame(
            {
                "first": self._source + self._offsets[0],
                "second": self._target + self._offsets[1],
                "support": contests[0].share + contests[1].share,
                "rival": np.where(place >= 0, rival, -1),
                "rival_side": np.where(of_target, "second", "first"),
                "neighbours": signals[row, 4],
                "values": signals[row, 2],
                "names": signals[row, :2].max(axis=1),
            }
        )

    def relations(self) -> pl.DataFrame:
        """Corresponding relations by IRI, after the graphs' names."""
        names = [relation_names(graph) for graph in self._graphs]
        table = self._correspondence
        return (
            table.select(
                pl.lit(self._names[0]).alias("source_graph"),
                pl.lit(self._names[1]).alias("target_graph"),
                names[0].gather(table["relation"]).alias("relation"),
                names[1].gather(table["counterpart"]).alias("counterpart"),
                "forward",
                "backward",
            )
            .filter(~pl.col("relation").str.starts_with("^"))
            .sort("relation", "counterpart")
        )

    def _local(self, pairs: pl.DataFrame) -> tuple[Ids, Ids]:
        return (
            pairs["first"].to_numpy() - self._offsets[0],
            pairs["second"].to_numpy() - self._offsets[1],
        )

    def _signals(self, pairs: Pairs) -> NDArray[np.float32]:
        columns = [_spelling(self._texts, pairs), self._lexicon(pairs)]
        for values in (True, False):
            found = self._near.score(pairs, self._matches, self._correspondence, values=values)
            columns += [found.likeness, found.certainty]
        return np.stack(columns, axis=1).astype(np.float32)

    def _lexicon(self, pairs: Pairs) -> NDArray[np.float32]:
        if len(self._source) < _LEAST_LEXICON:
            return np.zeros(len(pairs), np.float32)
        every = -(-len(self._source) // self._most_lexicon)
        return Lexicon.learn(*self._texts, self._source[::every], self._target[::every]).score(pairs)


def _spelling(texts: tuple[Texts, Texts], pairs: Pairs) -> NDArray[np.float32]:
    """How alike the first names of each pair are spelt; 0 where one has none."""
    first = [side.rows.unique("entity", keep="first", maintain_order=True) for side in texts]
    grams = weighted_grams([names["text"].to_list() for names in first])
    rows = []
    for names, entities, count in zip(
        first, (pairs.source, pairs.target), (pairs.sources, pairs.targets), strict=True
    ):
        place = np.full(count, -1, np.int64)
        place[names["entity"].to_numpy()] = np.arange(names.height)
        rows.append(place[entities])
    scores = np.zeros(len(pairs), np.float32)
    named = np.flatnonzero((rows[0] >= 0) & (rows[1] >= 0))
    scores[named] = products(grams[0], grams[1], rows[0][named], rows[1][named])
    return scores


@dataclass(frozen=True)
class _Contest:
    """How links fare among the candidates of one of their entities.

    Attributes:
        share: logarithm of each link's share, at most 0.
        rival: the row of its best rival, -1 for none.
    """

    share: Values
    rival: Ids

    @classmethod
    def of(cls, entity: Ids, score: Values, row: Ids) -> _Contest:
        order = np.lexsort((-score, entity))
        starts = np.flatnonzero(np.diff(entity[order], prepend=-1))
        sizes = np.diff([*starts, len(order)])
        group = np.empty(len(order), np.int64)
        group[order] = np.repeat(np.arange(len(starts)), sizes)
        best = order[starts]
        second = np.where(sizes > 1, order[np.minimum(starts + 1, len(order) - 1)], -1)
        highest = score[best]
        total = np.add.reduceat(np.exp(score[order] - np.repeat(highest, sizes)), starts)
        own = group[row]
        rival = np.where(best[own] == row, second[own], best[own])
        return cls(score[row] - highest[own] - np.log(total[own]), rival)
