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
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from aligner_runs import circumstances
from benchmark_data import DATA_SETS, ROOT, DataSet, known_links

from kgalign.align import AlignOptions, DecidedPairs, distribute_decisions, read_earlier, review_order
from kgalign.align.bootstrapping import Anchors, Bootstrapping
from kgalign.align.candidates import Ids
from kgalign.align.run_files import CANDIDATES, LINKS
from kgalign.align.signals.labels import LabelSignal
from kgalign.align.signals.texts import entity_texts
from kgalign.align.structure.neighbourhood import Neighbourhood, neighbourhoods
from kgalign.encode import load_encoder
from kgalign.evaluate import ranking_metrics
from kgalign.files import atomic_file
from kgalign.kg import load
from kgalign.progress import progress

RESULTS = ROOT / "tools" / "bench" / "results" / "review_gain.json"


@dataclass(frozen=True)
class Gain:
    """What some decisions led to.

    Attributes:
        confirmed: number of pairs confirmed.
        declined: number of pairs declined.
        unsure: number of pairs that the reference says nothing about.
        hits_at_1: over all links that are scored.
        of_others: over those of them whose source and target nobody was asked about.
        of_others_before: the same without any decision.
        others: number of these.
    """

    confirmed: int
    declined: int
    unsure: int
    hits_at_1: float
    of_others: float
    of_others_before: float
    others: int


class NamesSearchedOnce(LabelSignal):
    """The label signal, whose candidates are the same in every run and are searched for in the first."""

    _proposed: list[tuple[Ids, Ids]] | None = None

    def propose(self, count: int) -> list[tuple[Ids, Ids]]:
        """See :meth:`LabelSignal.propose`; *count* is that of the first call."""
        if self._proposed is None:
            self._proposed = super().propose(count)
        return self._proposed


class Task:
    """The graphs, what an earlier run knew of them, and the links.

    Args:
        data: the data set; its graphs share no IRI.
        run: the folder of a finished run.
        training: score the training links instead of the test links.
    """

    def __init__(self, data: DataSet, run: Path, training: bool) -> None:
        self._options = AlignOptions()
        self._graphs = (load(data.graph_paths[0]), load(data.graph_paths[1]))
        self._earlier = read_earlier(run, self._graphs)[0, 1]
        self._texts = [entity_texts(graph, None, self._options.labels_per_entity) for graph in self._graphs]
        self.gold = known_links(data, data.reference_path, data.growth_links)
        self.scored = known_links(data, data.growth_links if training else data.reference_path)

    @cached_property
    def before(self) -> pl.DataFrame:
        """The ranking without any decision."""
        return self.ranking(answered(self.gold.head(0), self.gold))

    def gain(self, asked: pl.DataFrame) -> Gain:
        """Align with what the person answers to the pairs *asked*."""
        decisions = answered(asked, self.gold)
        ranking = self.ranking(decisions) if asked.height else self.before
        others = self.scored.join(asked, on="source", how="anti").join(asked, on="target", how="anti")
        said = decisions["decision"]
        return Gain(
            int((said == "confirmed").sum()),
            int((said == "declined").sum()),
            int((said == "unsure").sum()),
            ranking_metrics(ranking, self.scored, "all").hits_at_1,
            ranking_metrics(ranking, others, "all").hits_at_1,
            ranking_metrics(self.before, others, "all").hits_at_1,
            others.height,
        )

    def ranking(self, decisions: pl.DataFrame) -> pl.DataFrame:
        """What ``align`` ranks with *decisions*, names and neighbourhoods being prepared only once."""
        none = (np.empty(0, np.int64), np.empty(0, np.int64))
        decided = distribute_decisions(decisions, self._graphs).pairs.get((0, 1), DecidedPairs(none, none))
        anchors = Anchors(*decided.confirmed, np.zeros(len(decided.confirmed[0]), bool), decided.declined)
        earlier = self._earlier.without(*decided.declined)
        rounds = Bootstrapping(*self._near, self._names, anchors, self._options, earlier, self._texts)
        with progress("aligning", self._options.rounds, "round") as bar:
            found = rounds.run(bar)
        return pl.DataFrame(
            {
                "source": self._graphs[0].entities["iri"].gather(found.pairs.source),
                "target": self._graphs[1].entities["iri"].gather(found.pairs.target),
                "score": found.weights,
            }
        )

    @cached_property
    def _near(self) -> tuple[Neighbourhood, Neighbourhood, pl.DataFrame]:
        return neighbourhoods(*self._graphs)

    @cached_property
    def _names(self) -> LabelSignal:
        encoder = load_encoder(self._options.encoder)
        return NamesSearchedOnce(self._texts[0], self._texts[1], encoder, self._options.name_pairs_limit)


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
    task = Task(data, options.run, options.training)
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
        f"Hits@1 {gain['hits_at_1']:.4f}, of {gain['others']:,} others {gain['of_others']:.4f} "
        f"(before {gain['of_others_before']:.4f}); "
        f"{gain['confirmed']} confirmed, {gain['declined']} declined, {gain['unsure']} unsure"
    )


if __name__ == "__main__":
    sys.exit(main())
