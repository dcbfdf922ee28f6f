"""Wrong links among right ones: does ``kgalign fuse`` cut them, or bring them to the top of its list?

Wrong links are added to those that a run accepted: random pairs of entities, and harder ones: a source
with a candidate of its own that the run didn't take (a near rival). A wrong link stands *beside* the
right ones, or *in the place* of its source's own link, so that nothing contradicts it. Its probability
is drawn from those of the run's accepted links; ``kgalign fuse`` measures the evidence of all links anew
and sees neither the reference nor which links were added. The reference only keeps right pairs from being
added as wrong ones, and counts the wrong links that the run made itself.

    python tools/bench/fault_injection.py RUN [--data zh_en] [--count 500] [--seeds 3] [--output FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from benchmark_data import DATA_SETS, ROOT, DataSet, known_links

from kgalign.fuse import FuseOptions, Linking, Sources, fuse, read_linking
from kgalign.kg import load, short_names

CURVE = (100, 200, 500, 1000, 2000)
Kind = Literal["random", "rival", "mixed"]
PAIR = ["first", "second"]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, help="the folder of a finished run on the data")
    parser.add_argument("--data", choices=sorted(DATA_SETS), default="zh_en")
    parser.add_argument("--count", type=int, default=500, help="how many wrong links are added")
    parser.add_argument("--seeds", type=int, default=3, help="how many times the mixed kind is drawn")
    parser.add_argument("--output", type=Path, default=ROOT / "tools/bench/results/fault_injection.json")
    arguments = parser.parse_args()
    data = DATA_SETS[arguments.data]
    sources = sources_of(data)
    linking = read_linking(arguments.run, sources)
    right = reference(data, sources)
    pure: tuple[Kind, ...] = ("random", "rival")
    settings: list[tuple[Kind, bool, int]] = [
        *[("mixed", in_place, seed) for in_place in (False, True) for seed in range(arguments.seeds)],
        *[(kind, in_place, 0) for kind in pure for in_place in (False, True)],
    ]
    results = []
    for kind, in_place, seed in settings:
        results.append(measured(sources, linking, right, arguments.count, kind, in_place, seed))
        print(json.dumps(results[-1]), flush=True)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    told = {"data": data.name, "links": linking.links.height, "curve": CURVE, "settings": results}
    arguments.output.write_text(json.dumps(told, indent=2) + "\n", "utf-8")


def sources_of(data: DataSet) -> Sources:
    """The two graphs of *data*."""
    return Sources.of(short_names(data.graph_paths), [load(path) for path in data.graph_paths])


def reference(data: DataSet, sources: Sources) -> pl.DataFrame:
    """All links known between the graphs of *data*: ``first``, ``second`` (numbers)."""
    paths = [data.reference_path] + ([] if data.training is None else [data.folder / data.training])
    first, second = sources.graphs
    offset = int(sources.entity_offsets[1])
    return (
        known_links(data, *paths)
        .join(first.entities.select(first=pl.col("id").cast(pl.Int64), source="iri"), on="source")
        .join(second.entities.select(second=pl.col("id").cast(pl.Int64) + offset, target="iri"), on="target")
        .select(PAIR)
    )


def wrong_links(
    sources: Sources, linking: Linking, right: pl.DataFrame, count: int, kind: Kind, seed: int
) -> pl.DataFrame:
    """Pairs that are neither linked nor right: ``first``, ``second``, ``rival`` (whether a near rival)."""
    generator = np.random.default_rng(seed)
    rivals = {"random": 0, "rival": count, "mixed": count // 2}[kind]
    sizes = np.diff(sources.entity_offsets)
    drawn = [generator.integers(0, size, 2 * count) for size in sizes[:2]]
    random = pl.DataFrame({"first": drawn[0], "second": drawn[1] + int(sources.entity_offsets[1])})
    near = linking.candidates.select(pl.all().gather(generator.permutation(linking.candidates.height)))
    parts = []
    for pairs, wanted, rival in ((random, count - rivals, False), (near, rivals, True)):
        free = pairs.unique(maintain_order=True)
        for known in (linking.links, right):
            free = free.join(known, on=PAIR, how="anti", maintain_order="left")
        parts.append(free.head(wanted).select(*PAIR, rival=pl.lit(rival)))
    return pl.concat(parts).unique(PAIR, keep="first", maintain_order=True)


def with_wrong(linking: Linking, wrong: pl.DataFrame, in_place: bool, seed: int) -> Linking:
    """*linking* with the *wrong* links added, or in the place of their sources' own."""
    generator = np.random.default_rng([seed, 1])
    probability = linking.links.filter(pl.col("status") == "accepted")["probability"].to_numpy()
    added = wrong.select(
        *PAIR,
        probability=pl.Series(generator.choice(probability, wrong.height)),
        method=pl.lit("aligned"),
        status=pl.lit("accepted"),
    )
    kept = linking.links.join(wrong, on="first", how="anti") if in_place else linking.links
    return replace(linking, links=pl.concat([kept, added]).sort(PAIR))


def measured(
    sources: Sources,
    linking: Linking,
    right: pl.DataFrame,
    count: int,
    kind: Kind,
    in_place: bool,
    seed: int,
) -> dict[str, Any]:
    """Add wrong links, fuse, and say what became of them."""
    wrong = wrong_links(sources, linking, right, count, kind, seed)
    faulty = with_wrong(linking, wrong, in_place, seed)
    began = time.process_time()
    fusion = fuse(sources, faulty, FuseOptions())
    seconds = time.process_time() - began
    ranked = (
        ranking(fusion.suspicious, sources)
        .join(wrong, on=PAIR, how="left", maintain_order="left")
        .join(right.with_columns(right=True), on=PAIR, how="left", maintain_order="left")
    )
    added = pl.col("rival").is_not_null()
    judged = pl.col("first").is_in(right["first"].implode()) | pl.col("second").is_in(
        right["second"].implode()
    )
    own_error = ~added & judged & pl.col("right").is_null()
    links = faulty.links.with_columns(cut=pl.Series(fusion.cut)).join(wrong, on=PAIR, how="left")
    was_cut = links.filter("cut").join(right, on=PAIR, how="left", maintain_order="left")
    return {
        "kind": kind,
        "in_place": in_place,
        "seed": seed,
        "added": wrong.height,
        "found": [ranked.head(top).filter(added).height for top in CURVE],
        "found_random": [ranked.head(top).filter(added & ~pl.col("rival")).height for top in CURVE],
        "found_rival": [ranked.head(top).filter(added & pl.col("rival")).height for top in CURVE],
        "own_errors": [ranked.head(top).filter(own_error).height for top in CURVE],
        "own_errors_in_all": ranked.filter(own_error).height,
        "cut": was_cut.height,
        "cut_added": was_cut.filter(added).height,
        "cut_right": was_cut.join(right, on=PAIR, how="semi").height,
        "cpu_seconds": round(seconds, 1),
    }


def ranking(suspicious: pl.DataFrame, sources: Sources) -> pl.DataFrame:
    """The list of suspicions with the entities' numbers, in its order."""
    table = suspicious
    for side, graph, number in (("source", 0, "first"), ("target", 1, "second")):
        entities = sources.graphs[graph].entities.select(
            pl.col("iri").alias(side),
            (pl.col("id").cast(pl.Int64) + int(sources.entity_offsets[graph])).alias(number),
        )
        table = table.join(entities, on=side, maintain_order="left")
    return table.select(*PAIR)


if __name__ == "__main__":
    main()
