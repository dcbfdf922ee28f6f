"""What an encoder knows before and after adapters: alignment by labels, probing, and retention.

Alignment: DBP15K zh-en (test and training links) and the JMAC test halves of DBP-5L, by label vectors
alone. Probing: X-FACTR's facts and prompts in 23 languages; a tenth of each language's facts counts as
held out in that language (an adapter trained with ``--untold 0.1 --seed 0`` wasn't told them), the others as
trained. Retention: the contrastive loss on texts that nothing is trained on. No figure here decides anything
about training.

    python tools/bench/injected_knowledge.py [--encoder e5] [--adapted FOLDER] [--part alignment …]
        [--facts 500] [--texts 256] [--graph FOLDER] [--output FILE]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
from benchmark_data import DATA_SETS, ROOT, SHARED_DATA
from dbp5l import DATA as DBP5L
from dbp5l import LANGUAGES, write_graph, write_references
from held_out_texts import held_out_pairs
from wikidata_graph import PROPERTY, wikidata_graph

from kgalign.adapters.adapted_encoder import open_encoder
from kgalign.adapters.evaluation.label_alignment import label_alignment
from kgalign.adapters.evaluation.probing import probe
from kgalign.adapters.evaluation.probing_scores import (
    ProbingScore,
    scores_by_group,
    scores_by_language,
    scores_by_relation,
)
from kgalign.adapters.evaluation.prompts import read_prompts
from kgalign.adapters.evaluation.retention import contrastive_losses, retention
from kgalign.adapters.facts_by_language import (
    facts_of,
    hold_out_by_language,
    preferred_names,
    sampled,
)
from kgalign.align import AlignOptions, read_pairs, resolve
from kgalign.align.signals.texts import entity_texts
from kgalign.encode import TextEncoder
from kgalign.files import atomic_file
from kgalign.kg import KnowledgeGraph, load

PARTS = ("alignment", "probing", "retention")
HELD_OUT_SHARE = 0.1
SEED = 0

Rows = list[dict[str, Any]]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--encoder", default="e5", help="the encoder before (default: e5)")
    parser.add_argument("--adapted", help="the encoder after; without it only the first is measured")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    parser.add_argument("--facts", type=int, default=500, help="facts a language, trained and held out each")
    parser.add_argument("--texts", type=int, default=256, help="pairs of held-out texts of a kind")
    parser.add_argument("--graph", type=Path, help="keep the store of Wikidata's facts here")
    parser.add_argument("--output", type=Path, default=ROOT / "tools/bench/results/injected_knowledge.json")
    arguments = parser.parse_args()
    encoders = {"before": open_encoder(arguments.encoder)}
    if arguments.adapted:
        encoders["after"] = open_encoder(arguments.adapted)
    results: dict[str, Any] = {"before": arguments.encoder, "after": arguments.adapted}
    for part in arguments.part:
        if part == "alignment":
            results[part] = measured_alignment(encoders)
        elif part == "probing":
            results[part] = measured_probing(encoders, arguments.graph, arguments.facts)
        else:
            results[part] = measured_retention(encoders, arguments.texts)
    with atomic_file(arguments.output) as scratch:
        scratch.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


def measured_alignment(encoders: dict[str, TextEncoder]) -> Rows:
    """Alignment by label vectors alone: a row for each reference, pool, centring, measure and encoder."""
    rows: Rows = []
    print(f"{'links':18}{'pool':11}{'centred':13}{'measure':9}{'encoder':8}{'H@1':>7}{'H@10':>7}{'MRR':>7}")
    for name, graphs, links in references():
        first, second = (entity_texts(graph, None, AlignOptions().labels_per_entity) for graph in graphs)
        reference = resolve(read_pairs(links), *graphs)
        for when, encoder in encoders.items():
            for found in label_alignment(first, second, reference, encoder):
                rows.append({"links": name, "encoder": when, **asdict(found)})
                metrics = found.metrics
                print(
                    f"{name:18}{metrics.pool:11}{found.centring:13}{found.measure:9}{when:8}"
                    f"{metrics.hits_at_1:7.3f}{metrics.hits_at_10:7.3f}{metrics.mrr:7.3f}",
                    flush=True,
                )
    return rows


def references() -> Iterator[tuple[str, tuple[KnowledgeGraph, KnowledgeGraph], Path]]:
    """Name, the two graphs, and the file of links."""
    data = DATA_SETS["zh_en"]
    first, second = (load(path) for path in data.graph_paths)
    yield "zh_en test", (first, second), data.reference_path
    yield "zh_en train", (first, second), data.growth_links
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        graphs = {language: load(write_graph(DBP5L, language, folder)) for language in LANGUAGES}
        write_references(DBP5L / "seed_test_pairs", folder)
        for source in sorted((DBP5L / "seed_test_pairs").glob("*.tsv")):
            one, other = source.stem.split("-")
            yield f"dbp5l {source.stem}", (graphs[one], graphs[other]), folder / source.name


def held_out_facts(graph: KnowledgeGraph) -> pl.DataFrame:
    """X-FACTR's facts in each language, and which are held out in it; types are no facts here.

    Returns:
        ``subject``, ``relation``, ``object``, ``language``, ``held_out``.
    """
    table = hold_out_by_language(facts_of(graph), preferred_names(graph), HELD_OUT_SHARE, SEED)
    types = graph.relations.filter(pl.col("iri") == PROPERTY + "P31")["id"]
    return table.filter(~pl.col("relation").is_in(types.implode()))


def measured_probing(encoders: dict[str, TextEncoder], folder: Path | None, count: int) -> Rows:
    """Probing: a row for each encoder, part (trained, held out), and language, group or relation."""
    with tempfile.TemporaryDirectory() as scratch:
        graph = wikidata_graph(folder or Path(scratch) / "wikidata")
        table = held_out_facts(graph)
        prompts = read_prompts(SHARED_DATA / "xfactr" / "TREx_prompts.csv")
        rows: Rows = []
        for part, held_out in (("trained", False), ("held out", True)):
            facts = sampled(table.filter(pl.col("held_out") == held_out), count, SEED)
            scores = {}
            for when, encoder in encoders.items():
                probed = probe(
                    graph, facts, encoder, prompts=prompts, training=table.filter(~pl.col("held_out"))
                )
                by_language = scores_by_language(probed)
                scores[when] = [*by_language, *scores_by_group(graph, by_language)]
                for kind in (scores[when], scores_by_relation(graph, probed)):
                    rows += [{"part": part, "encoder": when, **asdict(score)} for score in kind]
            print_probing(part, scores)
    return rows


def print_probing(part: str, scores: dict[str, list[ProbingScore]]) -> None:
    """Accuracy and MRR of each encoder beside the answers that need none."""
    encoders = "".join(f"{when:>9}{'MRR':>7}" for when in scores)
    print(f"{part:13}{'facts':>7}{'of':>7}{encoders}{'frequent':>10}{'overlap':>9}{'chance':>8}")
    for lines in zip(*scores.values(), strict=True):
        one = lines[0]
        found = "".join(f"{line.encoder.accuracy:9.3f}{line.encoder.mrr:7.3f}" for line in lines)
        print(
            f"{one.name:13}{one.facts:7,}{one.candidates:7.0f}{found}{one.frequent.accuracy:10.3f}"
            f"{one.overlap.accuracy:9.3f}{one.chance.accuracy:8.3f}",
            flush=True,
        )


def measured_retention(encoders: dict[str, TextEncoder], count: int) -> Rows:
    """Retention: the loss per kind of text, of one encoder or of both."""
    pairs = held_out_pairs(most=count)
    losses = [contrastive_losses(encoder, pairs) for encoder in encoders.values()]
    rows = retention(losses[0], losses[-1])
    print(f"{'texts':13}{'pairs':>7}{'before':>9}{'after':>9}{'rise':>9}")
    for row in rows:
        after = f"{row.after:9.4f}{row.rise:9.2%}" if len(losses) > 1 else ""
        print(f"{row.language:13}{row.pairs:7,}{row.before:9.4f}{after}", flush=True)
    return [{**asdict(row), "rise": row.rise} for row in rows]


if __name__ == "__main__":
    main()
