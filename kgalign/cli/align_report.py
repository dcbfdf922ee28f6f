"""What ``kgalign align`` tells: the record for programs, the rows for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from kgalign.align import GraphPair, ManyAlignment
from kgalign.align.summary import figures, linked_entities
from kgalign.cli.metrics import AlignmentScores, describe_scores, pair_score_keys, score_keys
from kgalign.cli.output import describe_costs, describe_graph
from kgalign.kg import KnowledgeGraph
from kgalign.resources import Stage


@dataclass(frozen=True)
class AlignReport:
    """What a run of ``kgalign align`` has to tell.

    Attributes:
        sources: what the person named, one per graph.
        graphs: the graphs.
        alignment: what was found.
        scores: what it is worth, if there is a reference.
    """

    sources: Sequence[str]
    graphs: Sequence[KnowledgeGraph]
    alignment: ManyAlignment
    scores: AlignmentScores | None

    def summary(self) -> dict[str, object]:
        """The figures under the keys that ``--json`` documents."""
        told = figures(self.alignment, self.graphs)
        if self.scores is not None:
            for pair, row in zip(self.alignment.alignments, told["pairs"], strict=True):
                own = self.scores.pairs.get(pair)
                row |= {} if own is None else pair_score_keys(own)
        return {"command": "align", **told, **({} if self.scores is None else score_keys(self.scores))}

    def rows(self, stages: Sequence[Stage], paths: dict[str, str]) -> list[tuple[str, str]]:
        """The figures that matter, what the run cost, and where its files are."""
        rows = self._two() if len(self.graphs) == 2 else self._many()
        if self.scores is not None:
            rows += describe_scores(self.scores)
        rows.append(("cost", describe_costs(stages)))
        return rows + [("written" if not number else "", path) for number, path in enumerate(paths.values())]

    def _two(self) -> list[tuple[str, str]]:
        links = self.alignment.links
        unlinked = [
            graph.entity_count - linked
            for graph, linked in zip(self.graphs, linked_entities(self.alignment), strict=True)
        ]
        return [
            *[
                (letter, f"{source}: {describe_graph(graph)}")
                for letter, source, graph in zip("AB", self.sources, self.graphs, strict=True)
            ],
            (
                "links",
                f"{links.accepted.height:,} accepted, {links.uncertain.height:,} uncertain; "
                f"without a partner: {unlinked[0]:,} of A, {unlinked[1]:,} of B",
            ),
        ]

    def _many(self) -> list[tuple[str, str]]:
        names, found = self.alignment.names, self.alignment
        rows: list[tuple[str, str]] = []
        for name, source, graph, linked in zip(
            names, self.sources, self.graphs, linked_entities(self.alignment), strict=True
        ):
            rows.append((name, f"{source}: {describe_graph(graph)}"))
            rows.append(("", f"{linked:,} linked, {graph.entity_count - linked:,} without a partner"))
        rows += [
            (f"{names[first]}–{names[second]}", self._pair_row((first, second)))
            for first, second in found.alignments
        ]
        sizes = found.clusters.group_by("cluster").len()["len"]
        rows.append(
            (
                "links",
                f"{found.links.accepted.height:,} accepted, {found.links.uncertain.height:,} uncertain; "
                f"{found.joined:,} joined through others, {found.given_up:,} gave way to others",
            )
        )
        rows.append(("clusters", f"{len(sizes):,}: {_sizes(sizes)}"))
        return rows

    def _pair_row(self, pair: GraphPair) -> str:
        links = self.alignment.between(pair)
        row = f"{links.accepted.height:,} accepted, {links.uncertain.height:,} uncertain"
        scores = None if self.scores is None else self.scores.pairs.get(pair)
        if scores is None:
            return row
        metrics = scores.links
        return (
            f"{row}; precision {metrics.precision:.4f}, recall {metrics.recall:.4f}, F1 {metrics.f1:.4f}, "
            f"Hits@1 {scores.all_targets.hits_at_1:.4f}"
        )


def _sizes(sizes: pl.Series) -> str:
    """Cluster sizes for a person: ``1,234 of 2 entities, 567 of 3``."""
    rows = sizes.alias("size").value_counts().sort("size").rows()
    told = [f"{count:,} of {size}" for size, count in rows]
    return ", ".join([f"{part} entities" if not number else part for number, part in enumerate(told)])
