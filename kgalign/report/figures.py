"""The figures at the top of a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kgalign.report.contents import Contents
from kgalign.report.judgement import Judgement

_METRICS = (("precision", "precision"), ("recall", "recall"), ("f1", "F1"))
_RANKINGS = (("hits@1", "Hits@1"), ("hits@10", "Hits@10"), ("mrr", "MRR"))


@dataclass(frozen=True)
class Figure:
    """One figure: its value as it is read, what it counts, and a remark."""

    value: str
    name: str
    note: str = ""


@dataclass(frozen=True)
class GraphFigures:
    """One graph of the run; counts as they are read, "–" where unknown."""

    name: str
    entities: str
    triples: str
    relations: str
    labels: str
    linked: str
    unlinked: str


def run_figures(contents: Contents, judged: Judgement | None) -> list[Figure]:
    """The run's figures; those against a reference come from *judged*, or from the run itself."""
    statuses = dict(contents.links["status"].value_counts().iter_rows())
    figures = [Figure(f"{count:,}", f"{status} links") for status, count in sorted(statuses.items())]
    figures.append(
        Figure(f"{contents.clusters['cluster'].n_unique():,}", "clusters", _cluster_note(contents))
    )
    figures += [*_judged_figures(judged)] if judged is not None else [*_told_figures(contents)]
    return [*figures, *_fused_figures(contents)]


def graph_figures(contents: Contents) -> list[GraphFigures]:
    """The graphs' figures, in the run's order; empty without ``summary.json``."""
    return [
        GraphFigures(
            str(graph.get("name", "")),
            *(
                f"{graph[key]:,}" if isinstance(graph.get(key), int) else "–"
                for key in ("entities", "statements", "relations", "labels", "linked", "unlinked")
            ),
        )
        for graph in contents.summary.get("graphs", [])
    ]


def _cluster_note(contents: Contents) -> str:
    if contents.clusters.height == 0:
        return ""
    largest = int(contents.clusters["cluster"].value_counts()["count"].to_numpy().max())
    return f"of {contents.clusters.height:,} entities, at most {largest:,} in one"


def _fused_figures(contents: Contents) -> Iterator[Figure]:
    if contents.fused is None:
        return
    told = contents.fused.summary
    for key, name in (("entities", "fused entities"), ("statements", "fused statements")):
        if isinstance(told.get(key), int):
            yield Figure(f"{told[key]:,}", name)
    yield Figure(f"{contents.fused.conflicts.height:,}", "conflicts", "found by fusing")


def _judged_figures(judged: Judgement) -> Iterator[Figure]:
    metrics = judged.metrics
    yield Figure(f"{metrics.precision:.4f}", "precision", f"{metrics.judged:,} links judged")
    yield Figure(
        f"{metrics.recall:.4f}", "recall", f"{metrics.correct:,} of {metrics.expected:,} reference links"
    )
    yield Figure(f"{metrics.f1:.4f}", "F1")


def _told_figures(contents: Contents) -> Iterator[Figure]:
    """What the run itself said, when it was given a reference."""
    for names, note in ((_METRICS, "against the run's reference"), (_RANKINGS, "among its targets")):
        for key, name in names:
            value = contents.summary.get(key)
            if isinstance(value, float):
                yield Figure(f"{value:.4f}", name, note)
