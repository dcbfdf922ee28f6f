"""Single adapters and their fusion, task by task: the table of docs/adapters.md.

Each adapter is trained on X-FACTR's Wikidata facts by ``kgalign adapt train``, never seeing an entity whose
pair of names is that of a link of DBP15K zh-en, nor a tenth of each language's facts in
that language. Then, by the encoder alone: alignment of zh-en's test links by label vectors, the tails of
DBP-5L's test triples (other relations and names than the training's), probing, and the loss on general
text. Nothing is chosen by these figures.

    python tools/bench/adapters.py KEEP [--steps 200] [--only ep tp …]

What is in the folder KEEP already is not trained or measured again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from aligner_runs import circumstances
from benchmark_data import DATA_SETS, ROOT, SHARED_DATA
from completion_data import read_dbp5l
from dbp5l import DATA as DBP5L
from held_out_texts import held_out_pairs
from wikidata_graph import PROPERTY, wikidata_graph

from kgalign.adapters.adapted_encoder import open_encoder
from kgalign.adapters.completion.copying import copyable
from kgalign.adapters.completion.data import CompletionData, join_entities
from kgalign.adapters.completion.evaluation import tail_ranks
from kgalign.adapters.completion.language_model import LanguageModelScorer
from kgalign.adapters.description import is_adapter
from kgalign.adapters.evaluation.label_alignment import label_alignment
from kgalign.adapters.evaluation.probing import probe
from kgalign.adapters.evaluation.probing_scores import scores_by_language
from kgalign.adapters.evaluation.prompts import read_prompts
from kgalign.adapters.evaluation.retention import contrastive_losses, retention
from kgalign.adapters.facts_by_language import facts_of, hold_out_by_language, preferred_names, sampled
from kgalign.align import read_pairs, resolve
from kgalign.align.signals.texts import entity_texts
from kgalign.encode import TextEncoder
from kgalign.files import atomic_file
from kgalign.kg import KnowledgeGraph, load

RESULTS = ROOT / "tools/bench/results/adapters.json"
OBJECTIVES = ("ep", "tp", "es", "ts")
FUSION = "fusion"
FROZEN = "e5"
UNTOLD = 0.1
SEED = 0
# Of different scripts and sizes; ilo, pa, yo, bn, mg and sw have fewer than 7,000 names.
PROBED = ("bn", "el", "ilo", "ja", "ko", "mg", "pa", "sw", "tr", "yo")
# The first of DBP-5L's languages, the smallest and the largest.
COMPLETED = ("el", "en")
ASKED_LATER = "zh_en"


@dataclass(frozen=True)
class Measured:
    """What an encoder does without any other part of kgalign.

    Attributes:
        alignment_cosine: Hits@1 of zh-en's test links among the test targets.
        alignment_csls: the same by CSLS.
        completion: MRR of DBP-5L's test triples, mean over two languages.
        completion_others: of those that no link leads to.
        probing_told: accuracy on facts told in the language, mean over languages.
        probing_untold: on facts told in other languages only.
        retention: rise of the mean loss on general text.
        training_cpu_seconds: of the training.
    """

    alignment_cosine: float
    alignment_csls: float
    completion: float
    completion_others: float
    probing_told: float
    probing_untold: float
    retention: float
    training_cpu_seconds: float


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("keep", type=Path, help="where adapters and figures are kept")
    parser.add_argument("--steps", type=int, default=200, help="of each training")
    parser.add_argument("--only", nargs="+", default=[FROZEN, *OBJECTIVES, FUSION], help="rows to make")
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    keep: Path = arguments.keep
    graph = wikidata_graph(keep / "wikidata")
    write_name_pairs(keep / "left-out.tsv")
    for name in arguments.only:
        path = keep / f"{name}.json"
        if not path.is_file():
            seconds = 0.0 if name == FROZEN else trained(name, keep, arguments.steps)
            encoder = open_encoder(FROZEN if name == FROZEN else str(keep / name))
            figures = measured(encoder, graph, seconds)
            with atomic_file(path) as scratch:
                scratch.write_text(json.dumps(vars(figures)), "utf-8")
        print(name, path.read_text("utf-8"), flush=True)
    rows = {
        name: json.loads((keep / f"{name}.json").read_text("utf-8"))
        for name in (FROZEN, *OBJECTIVES, FUSION)
        if (keep / f"{name}.json").is_file()
    }
    print(table(rows))
    with atomic_file(arguments.output) as scratch:
        content = {"steps": arguments.steps, "rows": rows, "circumstances": circumstances()}
        scratch.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def write_name_pairs(path: Path) -> None:
    """The names of all links of the data set that is asked about later, which no adapter may learn."""
    data = DATA_SETS[ASKED_LATER]
    names = []
    for graph in (load(place) for place in data.graph_paths):
        iris = graph.entities["iri"].gather(graph.labels["entity"])
        names.append(graph.labels.select("preferred", "text", iri=iris).filter("preferred"))
    pairs = (
        pl.concat([read_pairs(links) for links in (data.reference_path, data.growth_links)])
        .join(names[0], left_on="source", right_on="iri")
        .join(names[1], left_on="target", right_on="iri", suffix="_other")
        .select("text", "text_other")
        .unique(maintain_order=True)
        .filter(~pl.any_horizontal(pl.all().str.contains("\t")))
    )
    with atomic_file(path) as scratch:
        pairs.write_csv(scratch, separator="\t", include_header=False, quote_style="never")


def trained(name: str, keep: Path, steps: int) -> float:
    """Train the adapter called *name*; gives the CPU seconds."""
    spent = keep / f"{name}.seconds"
    if spent.is_file() and is_adapter(keep / name):
        return float(spent.read_text("utf-8"))
    objectives = OBJECTIVES if name == FUSION else (name,)
    command = [sys.executable, "-m", "kgalign", "adapt", "train", str(keep / "wikidata"), "--json"]
    command += [part for objective in objectives for part in ("--objective", objective)]
    command += [part for one in OBJECTIVES if name == FUSION for part in ("--fuse", str(keep / one))]
    command += ["--leave-out", str(keep / "left-out.tsv"), "--untold", str(UNTOLD), "--seed", str(SEED)]
    command += ["--steps", str(steps), "-o", str(keep / name)]
    finished = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True, check=True
    )
    seconds = float(json.loads(finished.stdout)["cpu_seconds"])
    spent.write_text(f"{seconds}\n", "utf-8")
    return seconds


def measured(encoder: TextEncoder, graph: KnowledgeGraph, seconds: float) -> Measured:
    """Ask *encoder* for everything."""
    begin = time.process_time()
    cosine, csls = aligned(encoder)
    completion, others = completed(encoder)
    told, untold = probed(encoder, graph)
    losses = [contrastive_losses(one, held_out_pairs()) for one in (open_encoder(FROZEN), encoder)]
    rise = retention(*losses)[-1].rise
    print(f"measured in {time.process_time() - begin:.0f} CPU s", flush=True)
    return Measured(cosine, csls, completion, others, told, untold, rise, seconds)


def aligned(encoder: TextEncoder) -> tuple[float, float]:
    """Hits@1 of zh-en's test links by cosine and by CSLS."""
    data = DATA_SETS["zh_en"]
    graphs = [load(path) for path in data.graph_paths]
    reference = resolve(read_pairs(data.reference_path), *graphs)
    texts = [entity_texts(graph, None, 1) for graph in graphs]
    asked = [
        replace(names, rows=names.rows.filter(pl.col("entity").is_in(side.tolist())))
        for names, side in zip(texts, (reference.source, reference.target), strict=True)
    ]
    found = {
        one.measure: one.metrics.hits_at_1
        for one in label_alignment(asked[0], asked[1], reference, encoder, ["reference"])
        if one.centring == "none"
    }
    return found["cosine"], found["csls"]


def completed(encoder: TextEncoder) -> tuple[float, float]:
    """MRR of DBP-5L's test triples by the phrase's likeness to the tails' names, and of the others."""
    data = first_graphs(read_dbp5l(DBP5L), len(COMPLETED))
    scorer = LanguageModelScorer(data, encoder)
    of_graph = data.graph_of(data.test.head)
    whole, others = [], []
    for language in COMPLETED:
        test = data.test.rows(of_graph == data.graphs.index(language))
        reciprocal = 1 / tail_ranks(data, test, scorer)
        whole.append(reciprocal.mean())
        others.append(reciprocal[~copyable(data, test, direct=True)].mean())
    return float(np.mean(whole)), float(np.mean(others))


def first_graphs(data: CompletionData, count: int) -> CompletionData:
    """The first graphs alone, with the links between them."""
    most = int(data.offsets[count])
    inside = (data.link_first < most) & (data.link_second < most)
    links = data.link_first[inside], data.link_second[inside]
    parts = [part.rows(part.head < most) for part in (data.known, data.validation, data.test)]
    return CompletionData(
        data.graphs[:count],
        data.offsets[: count + 1],
        *links,
        join_entities(most, *links),
        data.entity_labels[:most],
        data.relation_labels,
        *parts,
    )


def probed(encoder: TextEncoder, graph: KnowledgeGraph, facts: int = 200) -> tuple[float, float]:
    """Accuracy on facts told and untold, mean over languages."""
    table = hold_out_by_language(facts_of(graph), preferred_names(graph), UNTOLD, SEED)
    types = graph.relations.filter(pl.col("iri") == PROPERTY + "P31")["id"]
    asked = table.filter(pl.col("language").is_in(PROBED), ~pl.col("relation").is_in(types.implode()))
    prompts = read_prompts(SHARED_DATA / "xfactr" / "TREx_prompts.csv")
    told = table.filter(~pl.col("held_out"))
    means = []
    for held_out in (False, True):
        chosen = sampled(asked.filter(pl.col("held_out") == held_out), facts, SEED)
        scores = scores_by_language(probe(graph, chosen, encoder, prompts=prompts, training=told))
        means.append(float(np.mean([score.encoder.accuracy for score in scores])))
    return means[0], means[1]


def table(rows: dict[str, dict[str, Any]]) -> str:
    """All rows as Markdown, shares in percent."""
    heads = ["adapter", "alignment, cosine", "CSLS", "completion", "others", "probing, told", "untold"]
    heads += ["general text", "training, CPU s"]
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    for name, row in rows.items():
        *shares, rise, seconds = row.values()
        cells = [name, *(f"{100 * share:.1f}" for share in shares), f"{rise:+.1%}", f"{seconds:.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
