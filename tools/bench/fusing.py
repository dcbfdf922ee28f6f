"""What fusing costs, and how right its clusters are before and after the repair.

Two finished runs are fused: one on zh_en, and one of five graphs on DBP-5L (as ``tools/bench/dbp5l.py
--keep DIR`` leaves it). A cluster's links are all pairs of its entities in different graphs; precision
counts the pairs of which an entity occurs in the reference. The reference's clusters are what the union of
all its links connects; a cluster is *exact* if it is one of them. Links are taken as the run accepted
them; with its uncertain ones; and with wrong links added to them (random pairs of entities, with
probabilities of accepted links). Before the repair, clusters are what the links connect.

    python tools/bench/fusing.py [--zh-en RUN] [--dbp5l DIR] [--wrong 500] [--output FILE]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmark_data import DATA_SETS, ROOT, DataSet

from kgalign.align import distribute, read_pairs
from kgalign.align.candidates import Ids
from kgalign.fuse import FuseOptions, Fusion, Linking, Sources, figures, fuse, read_linking, write_fused
from kgalign.fuse.repair import WeightedLinks, repaired
from kgalign.kg import load, short_names

LANGUAGES = ("el", "en", "es", "fr", "ja")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--zh-en", type=Path, help="the folder of a finished run on zh_en")
    parser.add_argument("--dbp5l", type=Path, help="what dbp5l.py --keep left: graphs, links and the run")
    parser.add_argument("--wrong", type=int, default=500, help="how many wrong links are added")
    parser.add_argument("--output", type=Path, default=ROOT / "tools/bench/results/fusing.json")
    arguments = parser.parse_args()
    results = []
    if arguments.zh_en is not None:
        results += measured(*of_data_set(DATA_SETS["zh_en"]), "zh_en", arguments.zh_en, arguments.wrong)
    if arguments.dbp5l is not None:
        folder: Path = arguments.dbp5l
        paths = [folder / f"{language}.nt" for language in LANGUAGES]
        sources = Sources.of(short_names(paths), [load(path) for path in paths])
        links = reference_label(sources, [folder / "all.tsv"])
        results += measured(sources, links, "dbp5l", folder / "run", arguments.wrong)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


def of_data_set(data: DataSet) -> tuple[Sources, Ids]:
    """The graphs of *data*, and its reference's clusters."""
    sources = Sources.of(short_names(data.graph_paths), [load(path) for path in data.graph_paths])
    paths = [data.reference_path] + ([] if data.training is None else [data.folder / data.training])
    return sources, reference_label(sources, paths)


def reference_label(sources: Sources, paths: list[Path]) -> Ids:
    """A label per entity: the same for what the union of the links in *paths* connects."""
    found = distribute(pl.concat([read_pairs(path) for path in paths]), sources.graphs)
    offsets = sources.entity_offsets
    ends = [
        np.concatenate([getattr(pairs, side) + offsets[place[end]] for place, pairs in found.pairs.items()])
        for end, side in enumerate(("source", "target"))
    ]
    return connected(sources, ends[0], ends[1])


def connected(sources: Sources, first: Ids, second: Ids) -> Ids:
    """A label per entity: what links connect, whatever the graphs."""
    count = len(sources.entity_iris)
    return repaired(WeightedLinks(first, second, np.ones(len(first)), np.arange(count)))


def measured(sources: Sources, reference: Ids, name: str, run: Path, wrong: int) -> list[dict[str, Any]]:
    """Fuse a run's links as they are, with its uncertain ones, and with wrong ones."""
    plain = read_linking(run, sources)
    settings = {
        "accepted": plain,
        "accepted and uncertain": read_linking(run, sources, uncertain=True),
        f"accepted and {wrong} wrong": with_wrong(sources, plain, reference, wrong),
    }
    results = []
    for number, (links, linking) in enumerate(settings.items()):
        began = time.process_time()
        fusion = fuse(sources, linking, FuseOptions())
        if number == 0:
            with tempfile.TemporaryDirectory() as folder:
                write_fused(fusion, Path(folder) / "fused", run, figures(fusion), {})
        before = connected(sources, *(linking.links[end].to_numpy() for end in ("first", "second")))
        results.append(
            {
                "data": name,
                "links": links,
                "cpu_seconds": round(time.process_time() - began, 1),
                "count": linking.links.height,
                "cut": int(fusion.cut.sum()),
                "before": scores(sources, before, reference),
                "after": scores(sources, fusion.label, reference),
                **counts(fusion),
            }
        )
        print(json.dumps(results[-1]), flush=True)
    return results


def counts(fusion: Fusion) -> dict[str, Any]:
    """The figures of a fusion that the table shows."""
    told = figures(fusion)
    return {key: told[key] for key in ("entities", "relations_merged", "statements", "conflicts", "clusters")}


def with_wrong(sources: Sources, linking: Linking, reference: Ids, count: int) -> Linking:
    """*linking* with random wrong links added."""
    generator = np.random.default_rng(0)
    drawn = generator.integers(0, len(reference), (4 * count, 2))
    graph = sources.graph_of_entity
    wrong = drawn[
        (graph[drawn[:, 0]] != graph[drawn[:, 1]]) & (reference[drawn[:, 0]] != reference[drawn[:, 1]])
    ]
    probability = generator.choice(linking.links["probability"].to_numpy(), count)
    added = pl.DataFrame(
        {
            "first": wrong[:count].min(axis=1),
            "second": wrong[:count].max(axis=1),
            "probability": probability,
            "method": ["aligned"] * count,
            "status": ["accepted"] * count,
        }
    )
    links = pl.concat([linking.links, added]).unique(["first", "second"], keep="first", maintain_order=True)
    return replace(linking, links=links.sort("first", "second"))


def scores(sources: Sources, label: Ids, reference: Ids) -> dict[str, Any]:
    """Precision and recall of a clustering, by pairs and by whole clusters, and clusters that are unsound."""
    graph = sources.graph_of_entity
    found, expected = pairs_of(label, graph), pairs_of(reference, graph)
    known = np.bincount(reference, minlength=len(reference))[reference] > 1
    judged = found.filter(pl.Series(known[found["first"].to_numpy()] | known[found["second"].to_numpy()]))
    right = judged.join(expected, on=["first", "second"], how="semi").height
    clusters, wanted = whole(label), whole(reference)
    of_known = {cluster for cluster in clusters if any(known[entity] for entity in cluster)}
    exact = len(of_known & wanted)
    twice = pl.DataFrame({"label": label, "graph": graph}).group_by("label", "graph").len()
    return {
        "precision": round(right / max(judged.height, 1), 4),
        "recall": round(right / max(expected.height, 1), 4),
        "exact_precision": round(exact / max(len(of_known), 1), 4),
        "exact_recall": round(exact / max(len(wanted), 1), 4),
        "unsound": twice.filter(pl.col("len") > 1)["label"].n_unique(),
        "largest": int(np.bincount(label).max()),
    }


def pairs_of(label: Ids, graph: Ids) -> pl.DataFrame:
    """All pairs of entities of one cluster and different graphs: ``first``, ``second``."""
    size = np.bincount(label, minlength=len(label))[label]
    members = pl.DataFrame({"number": np.arange(len(label)), "label": label, "graph": graph})
    several = members.filter(pl.Series(size > 1))
    return (
        several.join(several, on="label", suffix="_other")
        .filter((pl.col("number") < pl.col("number_other")) & (pl.col("graph") != pl.col("graph_other")))
        .select(first="number", second="number_other")
    )


def whole(label: Ids) -> set[tuple[int, ...]]:
    """The clusters of two and more."""
    groups = pl.DataFrame({"number": np.arange(len(label)), "label": label}).group_by("label").all()
    return {tuple(sorted(members)) for members in groups["number"].to_list() if len(members) > 1}


if __name__ == "__main__":
    main()
