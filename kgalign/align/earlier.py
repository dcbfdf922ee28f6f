"""What an earlier run knew, for a run over the same graphs a little later (``--warm-start``).

The candidates and the matches of entities that the earlier run knew are taken from it; only new
entities are searched for. Everything is then scored anew, so that new entities may win old ones'
partners.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.align.candidates import Ids, Pairs
from kgalign.align.links import GRAPH_COLUMNS
from kgalign.align.run_files import CANDIDATES, LINKS, SUMMARY
from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph

_NEEDED = ("source", "target", "weight", "probability")


@dataclass(frozen=True)
class Earlier:
    """What a run knew of two graphs, by the ids that their entities have now.

    Attributes:
        source: of each candidate pair.
        target: of each candidate pair.
        weight: how well each was matched, 0 to 1.
        fresh: for each graph, whether the run did not know the entity.
        adapted_encoder: key of the label encoder that the run trained; None if it trained none.
    """

    source: Ids
    target: Ids
    weight: NDArray[np.float64]
    fresh: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    adapted_encoder: str | None = None

    def without(self, source: Ids, target: Ids) -> Earlier:
        """The same, less what was known of the given pairs."""
        sizes = (len(self.fresh[0]), len(self.fresh[1]))
        gone = Pairs.union([(source, target)], *sizes).position(self.source, self.target) >= 0
        return replace(self, source=self.source[~gone], target=self.target[~gone], weight=self.weight[~gone])


def read_earlier(folder: str | Path, graphs: Sequence[KnowledgeGraph]) -> dict[tuple[int, int], Earlier]:
    """Read the run in *folder*, whose graphs stood in the order of *graphs*.

    Returns:
        For each pair of graphs, by position, what the run knew.

    Raises:
        InputError: if the folder holds no run, or one of another number of graphs or other graphs.
    """
    path = Path(folder)
    candidates, links = (
        _read(path / CANDIDATES, (*GRAPH_COLUMNS, *_NEEDED)),
        _read(path / LINKS, GRAPH_COLUMNS),
    )
    named = [
        pair
        for pair in candidates.select(GRAPH_COLUMNS).unique(maintain_order=True).rows()
        if pair[0] != pair[1]
    ]
    pairs = list(combinations(range(len(graphs)), 2))
    if len(named) != len(pairs) or links.height == 0:
        raise InputError(
            f"holds a run of other graphs ({len(named)} pairs of graphs, {len(pairs)} now)",
            path=path,
            remedy="name the folder of a run over the same graphs, in the same order",
        )
    found = {}
    trained = _adapted_encoders(path / SUMMARY)
    for pair, names in zip(pairs, named, strict=True):
        mine = candidates.filter(
            (pl.col(GRAPH_COLUMNS[0]) == names[0]) & (pl.col(GRAPH_COLUMNS[1]) == names[1])
        )
        known = _known(mine, graphs[pair[0]], graphs[pair[1]])
        found[pair] = replace(known, adapted_encoder=trained.get(names))
        if len(found[pair].source) == 0:
            raise InputError(
                f"holds a run of other graphs: none of its {mine.height:,} candidates is in these",
                path=path,
                remedy="name the folder of a run over the same graphs, in the same order",
            )
    return found


def _known(candidates: pl.DataFrame, first: KnowledgeGraph, second: KnowledgeGraph) -> Earlier:
    here = (
        candidates.select("source", "target", "weight")
        .join(first.entities.rename({"iri": "source", "id": "first"}), on="source", how="inner")
        .join(second.entities.rename({"iri": "target", "id": "second"}), on="target", how="inner")
        .sort("first", "second")
    )
    fresh = [
        ~graph.entities["iri"].is_in(candidates[side].unique().implode()).to_numpy()
        for graph, side in ((first, "source"), (second, "target"))
    ]
    return Earlier(
        here["first"].to_numpy().astype(np.int64),
        here["second"].to_numpy().astype(np.int64),
        here["weight"].to_numpy().astype(np.float64),
        (fresh[0], fresh[1]),
    )


def _adapted_encoders(path: Path) -> dict[tuple[str, str], str]:
    """Keys of the encoders that a run trained, by the names of the two graphs; none if it doesn't tell."""
    try:
        pairs = json.loads(path.read_text(encoding="utf-8"))["pairs"]
        return {
            (str(pair["source_graph"]), str(pair["target_graph"])): str(pair["adapted_encoder"])
            for pair in pairs
            if pair["adapted_encoder"] is not None
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _read(path: Path, columns: Sequence[str]) -> pl.DataFrame:
    try:
        table = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            "is not the folder of a run", path=path.parent, remedy="name one that 'kgalign align' wrote"
        ) from error
    if not set(columns) <= set(table.columns):
        raise InputError(
            "was written by another version",
            path=path,
            remedy="run 'kgalign align' again without --warm-start",
        )
    return table
