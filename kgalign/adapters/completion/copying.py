"""Copying what other graphs state of the linked entities; the baseline that any model must beat."""

from __future__ import annotations

import numpy as np
import polars as pl

from kgalign.adapters.completion.base import Layers, Queries, Scorer
from kgalign.adapters.completion.data import CompletionData, Mask, Triples, together


class CopyingScorer(Scorer):
    """The tail that a linked head has in another graph, linked back.

    The score is the number of graphs that state it. So ties are broken by frequency, and what then ties
    shares its mean rank.

    Args:
        data: the graphs.
        direct: use only links between the graph asked and the stating one themselves; otherwise also
            those that lead over other graphs.
    """

    def __init__(self, data: CompletionData, *, direct: bool = False) -> None:
        self._data = data
        self._pairs = linked_pairs(data, direct=direct)
        self._copies = _copies(data, data.known, self._pairs)

    @property
    def names(self) -> tuple[str, ...]:
        """See :attr:`Scorer.names`."""
        return ("copy",)

    def score(self, queries: Queries) -> Layers:
        """See :meth:`Scorer.score`."""
        first, last = self._data.offsets[queries.graph : queries.graph + 2]
        table = pl.DataFrame(
            {"query": np.arange(len(queries)), "head": queries.head, "relation": queries.relation}
        )
        found = table.join(self._copies, on=["head", "relation"])
        scores = np.zeros((1, len(queries), last - first), np.float32)
        scores[0, found["query"].to_numpy(), found["tail"].to_numpy() - first] = found["graphs"].to_numpy()
        return scores


def linked_pairs(data: CompletionData, *, direct: bool) -> pl.DataFrame:
    """Linked entities in both directions: ``there``, ``here``."""
    if direct:
        first, second = data.link_first, data.link_second
        both = {"there": np.concatenate([first, second]), "here": np.concatenate([second, first])}
        return pl.DataFrame(both).unique(maintain_order=True)
    members = pl.DataFrame({"joined": data.joined, "entity": np.arange(data.entity_count)})
    pairs = members.join(members, on="joined", suffix="_here", maintain_order="left_right")
    return pairs.filter(pl.col("entity") != pl.col("entity_here")).select(there="entity", here="entity_here")


def copyable(data: CompletionData, triples: Triples, *, direct: bool = False) -> Mask:
    """Whether each of *triples* can be copied from what is known or held out for validation elsewhere."""
    stated = _copies(data, together([data.known, data.validation]), linked_pairs(data, direct=direct))
    asked = pl.DataFrame({"head": triples.head, "relation": triples.relation, "tail": triples.tail})
    found = asked.join(stated, on=["head", "relation", "tail"], how="left", maintain_order="left")
    return found["graphs"].is_not_null().to_numpy()


def _copies(data: CompletionData, facts: Triples, pairs: pl.DataFrame) -> pl.DataFrame:
    """What other graphs state: ``head``, ``relation``, ``tail`` (as linked) and how many ``graphs``."""
    stated = pl.DataFrame(
        {
            "graph": data.graph_of(facts.head),
            "head": facts.head,
            "relation": facts.relation,
            "tail": facts.tail,
        }
    )
    into = pairs.with_columns(asked=pl.Series(data.graph_of(pairs["here"].to_numpy()), dtype=pl.Int64))
    return (
        stated.join(into, left_on="head", right_on="there")
        .filter(pl.col("graph") != pl.col("asked"))
        .join(into, left_on=["tail", "asked"], right_on=["there", "asked"], suffix="_tail")
        .group_by(head="here", relation="relation", tail="here_tail")
        .agg(graphs=pl.col("graph").n_unique())
        .sort("head", "relation", "tail")
    )
