"""Whether the aligner leaves entities without a partner unlinked.

Takes a share of the linked targets out of the second graph, with all their statements and names, so
that their sources dangle; aligns what is left; and asks which sources are left unlinked. Precision,
recall and F1 of this detection are over the sources that have a reference link; a source counts as
dangling where no link of it is accepted. The links are scored against the reference links that
remain, a link of a dangling source being wrong.

    python tools/bench/dangling.py [--data zh_en] [--share 0.3] [--seed 0]

Options that this script does not know go to ``kgalign align``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from aligner_runs import Run, RunFailed, run_align
from benchmark_data import DATA_SETS, DataSet, known_links
from graph_dumps import tables_of, write_dump, write_pairs

from kgalign.evaluate import LinkMetrics
from kgalign.kg import KnowledgeGraph, load

SHARE = 0.3


@dataclass(frozen=True)
class DanglingMetrics:
    """How well sources without a partner are told from the others.

    Attributes:
        precision: share of the sources left unlinked that do dangle (1 where none is).
        recall: share of the dangling sources that are left unlinked.
        f1: harmonic mean of the two.
        links: the accepted links against the reference links that remain.
    """

    precision: float
    recall: float
    f1: float
    links: LinkMetrics


def taken_away(links: pl.DataFrame, share: float, seed: int) -> pl.Series:
    """The targets to take out of the second graph: *share* of the linked ones, drawn by *seed*."""
    targets = links["target"].unique().sort()
    chosen = np.random.default_rng(seed).permutation(len(targets))[: round(share * len(targets))]
    return targets.gather(np.sort(chosen))


def write_without(graph: KnowledgeGraph, iris: pl.Series, path: Path) -> None:
    """Write *graph* without the entities *iris*: no statement about them or with them is left."""
    tables = tables_of(graph)
    gone = graph.entities.filter(pl.col("iri").is_in(iris.implode()))["id"].implode()
    for name, ends in (("triples", ("head", "tail")), ("attributes", ("entity",)), ("labels", ("entity",))):
        tables[name] = tables[name].filter(~pl.any_horizontal(pl.col(end).is_in(gone) for end in ends))
    named = pl.any_horizontal(pl.col(side).is_in(iris.implode()) for side in ("source", "target"))
    write_dump(tables | {"same_as": graph.same_as.filter(~named)}, graph, path)


def dangling_metrics(accepted: pl.DataFrame, links: pl.DataFrame, gone: pl.Series) -> DanglingMetrics:
    """Score *accepted* links.

    Args:
        accepted: ``source`` and ``target`` of the links that the aligner accepted.
        links: all reference links, those of the targets taken away included.
        gone: the targets taken away.
    """
    remaining = links.filter(~pl.col("target").is_in(gone.implode()))
    sources = links.select("source").unique()
    dangling = sources.join(remaining, on="source", how="anti")
    unlinked = sources.join(accepted, on="source", how="anti")
    detected = unlinked.join(dangling, on="source", how="semi").height
    precision = detected / unlinked.height if unlinked.height else 1.0
    recall = detected / dangling.height if dangling.height else 0.0
    proposed = accepted.select("source", "target").unique()
    judged = proposed.filter(
        pl.col("source").is_in(sources["source"].implode())
        | pl.col("target").is_in(remaining["target"].implode())
    ).height
    correct = proposed.join(remaining, on=["source", "target"], how="semi").height
    right = correct / judged if judged else 1.0
    found = correct / remaining.height if remaining.height else 0.0
    metrics = LinkMetrics(right, found, _f1(right, found), correct, judged, remaining.height)
    return DanglingMetrics(precision, recall, _f1(precision, recall), metrics)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def run_dangling(
    data: DataSet,
    arguments: Sequence[str],
    folder: Path,
    *,
    share: float = SHARE,
    seed: int = 0,
    cache: Path | None = None,
) -> tuple[Run, DanglingMetrics]:
    """Take targets away, align, and score.

    Args:
        data: the data set.
        arguments: options of the aligner.
        folder: where the graph, the remaining links and the run go.
        share: share of the linked targets taken away.
        seed: which ones.
        cache: the aligner's cache folder; None for the user's.

    Returns:
        The run and its figures.

    Raises:
        RunFailed: if the aligner ends with an error.
    """
    first, second = data.graph_paths
    links = known_links(data, data.reference_path, data.growth_links)
    gone = taken_away(links, share, seed)
    rest, reference = folder / "second.nt.gz", folder / "reference.tsv"
    write_without(load(second), gone, rest)
    write_pairs(links.filter(~pl.col("target").is_in(gone.implode())), reference)
    run = run_align([first, rest, "--reference", reference, *arguments], folder / "run", cache)
    accepted = run.links.filter(pl.col("status") == "accepted")
    return run, dangling_metrics(accepted, links, gone)


def main() -> int:
    """Run the test on one data set and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    parser.add_argument("--data", choices=list(DATA_SETS), default="zh_en", help="the data set")
    parser.add_argument("--share", type=float, default=SHARE, help="share of the linked targets taken away")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    options, passed = parser.parse_known_args()
    data = DATA_SETS[options.data]
    if not data.present:
        print(f"{data.folder}: the data set is not here.", file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory() as folder:
            _, metrics = run_dangling(data, passed, Path(folder), share=options.share, seed=options.seed)
    except RunFailed as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(asdict(metrics), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
