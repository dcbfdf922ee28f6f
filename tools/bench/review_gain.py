"""What people's decisions are worth: Hits@1 after some in review order, and after as many random ones.

A simulated person is asked about pairs of a finished run, answers from the reference, and the graphs are
aligned again with the answers (``align --decisions``), started from that run (``--warm-start``). The
person confirms a pair of the reference, declines one whose source or target has another partner there,
and is unsure about any other. Random pairs are drawn from the same run's links. Hits@1 is among all
targets, once over all links that are scored, and once without those of an entity that was asked about.

    python tools/bench/review_gain.py RUN [--data zh_en] [--asked 50 100 200] [--seeds 5]

``--training`` asks about, and scores, the training links only: for choosing an order. What was measured
before is read from the results and not run again.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from aligner_runs import circumstances
from benchmark_data import DATA_SETS, ROOT, DataSet, known_links

from kgalign.align import (
    AlignOptions,
    Earlier,
    align,
    distribute_decisions,
    read_earlier,
    review_order,
)
from kgalign.align.run_files import CANDIDATES, LINKS
from kgalign.encode import TextEncoder, load_encoder
from kgalign.evaluate import ranking_metrics
from kgalign.files import atomic_file
from kgalign.kg import KnowledgeGraph, load

RESULTS = ROOT / "tools" / "bench" / "results" / "review_gain.json"


@dataclass(frozen=True)
class Gain:
    """What some decisions led to.

    Attributes:
        confirmed: number of pairs confirmed.
        declined: number of pairs declined.
        unsure: number of pairs that the reference says nothing about.
        hits_at_1: over all links that are scored.
        hits_at_1_of_others: over those of them whose source and target nobody was asked about.
        others: number of these.
    """

    confirmed: int
    declined: int
    unsure: int
    hits_at_1: float
    hits_at_1_of_others: float
    others: int


@dataclass(frozen=True)
class Task:
    """The graphs, what an earlier run knew of them, and the links.

    Attributes:
        graphs: the two graphs.
        earlier: what the earlier run knew.
        encoder: the label encoder.
        gold: all reference links, from which the person answers.
        scored: those of them that are scored.
    """

    graphs: tuple[KnowledgeGraph, KnowledgeGraph]
    earlier: Earlier
    encoder: TextEncoder
    gold: pl.DataFrame
    scored: pl.DataFrame

    @classmethod
    def of(cls, data: DataSet, run: Path, training: bool) -> Task:
        """The task of *data*, from the finished *run*; *training* if the training links are scored."""
        first, second = (load(path) for path in data.graph_paths)
        gold = known_links(data, data.reference_path, data.growth_links)
        scored = known_links(data, data.growth_links if training else data.reference_path)
        earlier = read_earlier(run, (first, second))[0, 1]
        return cls((first, second), earlier, load_encoder(AlignOptions().encoder), gold, scored)

    def gain(self, asked: pl.DataFrame) -> Gain:
        """Align with what the person answers to the pairs *asked*."""
        decisions = answered(asked, self.gold)
        decided = distribute_decisions(decisions, self.graphs).pairs.get((0, 1))
        found = align(*self.graphs, decided=decided, encoder=self.encoder, earlier=self.earlier)
        others = self.scored.join(asked, on="source", how="anti").join(asked, on="target", how="anti")
        said = decisions["decision"]
        return Gain(
            int((said == "confirmed").sum()),
            int((said == "declined").sum()),
            int((said == "unsure").sum()),
            ranking_metrics(found.ranking, self.scored, "all").hits_at_1,
            ranking_metrics(found.ranking, others, "all").hits_at_1,
            others.height,
        )


def answered(asked: pl.DataFrame, gold: pl.DataFrame) -> pl.DataFrame:
    """What a person who knows the links *gold* decides about the pairs *asked*, in their order."""
    right = gold.select("source", "target").with_columns(right=pl.lit(True))
    return (
        asked.select("source", "target")
        .join(right, on=["source", "target"], how="left", maintain_order="left")
        .with_columns(
            decision=pl.when("right")
            .then(pl.lit("confirmed"))
            .when(
                pl.col("source").is_in(gold["source"].implode())
                | pl.col("target").is_in(gold["target"].implode())
            )
            .then(pl.lit("declined"))
            .otherwise(pl.lit("unsure"))
        )
        .drop("right")
    )


def shuffled(pairs: pl.DataFrame, seed: int) -> pl.DataFrame:
    """*pairs* in an order drawn by *seed*."""
    ordered = pairs.sort("source", "target")
    return ordered[np.random.default_rng(seed).permutation(ordered.height)]


def main() -> int:
    """Measure what wasn't measured yet, and print all as a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    parser.add_argument("run", type=Path, help="the folder of a finished run on the data set")
    parser.add_argument("--data", choices=list(DATA_SETS), default="zh_en", help="the data set")
    parser.add_argument("--asked", type=int, nargs="+", default=[50, 100, 200], help="how many decisions")
    parser.add_argument("--seeds", type=int, default=5, help="how many random orders")
    parser.add_argument("--training", action="store_true", help="ask about and score training links only")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the results are kept")
    options = parser.parse_args()
    data = DATA_SETS[options.data]
    if not data.present:
        print(f"{data.folder}: the data set is not here.", file=sys.stderr)
        return 2
    known = json.loads(options.output.read_text("utf-8")) if options.output.is_file() else {}
    task = Task.of(data, options.run, options.training)
    for name, asked in questions(options, task).items():
        if name not in known:
            known[name] = {**asdict(task.gain(asked)), "circumstances": circumstances()}
            with atomic_file(options.output) as scratch:
                scratch.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
        print(f"{name:30} {told(known[name])}", flush=True)
    return 0


def questions(options: argparse.Namespace, task: Task) -> dict[str, pl.DataFrame]:
    """The pairs to ask about in each measurement, by its name."""
    links = pl.read_parquet(options.run / LINKS)
    candidates = pl.read_parquet(options.run / CANDIDATES)
    orders = {"review": review_order(links, candidates)}
    orders |= {f"random {seed}": shuffled(links, seed) for seed in range(options.seeds)}
    if options.training:
        about = task.scored.select("source")
        orders = {
            name: order.join(about, on="source", how="semi", maintain_order="left")
            for name, order in orders.items()
        }
    where = f"{options.data}{', training' if options.training else ''}"
    found = {f"{where}, none": links.head(0)}
    for count in options.asked:
        found |= {f"{where}, {name}, {count}": order.head(count) for name, order in orders.items()}
    return found


def told(gain: dict[str, float]) -> str:
    """One measurement for a person."""
    return (
        f"Hits@1 {gain['hits_at_1']:.4f}, of others {gain['hits_at_1_of_others']:.4f} ({gain['others']:,}); "
        f"{gain['confirmed']} confirmed, {gain['declined']} declined, {gain['unsure']} unsure"
    )


if __name__ == "__main__":
    sys.exit(main())
