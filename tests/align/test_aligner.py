"""The aligner on the sample graphs, which come with the repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kgalign.align import Alignment, AlignOptions, Seeds, align, read_pairs, resolve
from kgalign.evaluate import link_metrics, ranking_metrics
from kgalign.kg import KnowledgeGraph, load


@pytest.fixture(scope="module")
def graphs(
    graph_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[KnowledgeGraph, KnowledgeGraph]:
    cache = tmp_path_factory.mktemp("cache")
    names = ("world_ja_ru_ar.nt.gz", "world_en_fr_hi.ttl")
    first, second = (load(graph_data / name, cache=cache) for name in names)
    return first, second


@pytest.fixture(scope="module")
def reference(graph_data: Path) -> pl.DataFrame:
    return read_pairs(graph_data / "reference.tsv")


@pytest.fixture(scope="module")
def alignment(graphs: tuple[KnowledgeGraph, KnowledgeGraph]) -> Alignment:
    return align(*graphs)


def test_no_seeds_no_shared_language_and_still_f1_above_90(
    alignment: Alignment, reference: pl.DataFrame
) -> None:
    metrics = link_metrics(alignment.links.accepted, reference)
    assert metrics.f1 >= 0.90
    assert metrics.precision >= 0.90
    ranking = ranking_metrics(alignment.ranking, reference, "all")
    assert ranking.hits_at_1 >= 0.90
    assert ranking.mrr >= ranking.hits_at_1


def test_links_are_one_to_one_and_ordered(alignment: Alignment) -> None:
    table = alignment.links.table
    assert table["source"].is_duplicated().sum() == 0
    assert table["target"].is_duplicated().sum() == 0
    assert table["probability"].is_sorted(descending=True)
    assert table.filter(pl.col("status") == "accepted")["probability"].min() >= 0.5


def test_probabilities_mean_what_they_say(alignment: Alignment, reference: pl.DataFrame) -> None:
    judged = alignment.links.table.filter(pl.col("source").is_in(reference["source"].implode()))
    right = judged.join(reference, on=["source", "target"], how="semi").height / judged.height
    assert abs(judged["probability"].mean() - right) < 0.05


def test_dangling_entities_stay_unlinked(
    alignment: Alignment, graphs: tuple[KnowledgeGraph, KnowledgeGraph], reference: pl.DataFrame
) -> None:
    dangling = graphs[0].entities.filter(~pl.col("iri").is_in(reference["source"].implode()))
    linked = alignment.links.accepted.filter(pl.col("source").is_in(dangling["iri"].implode())).height
    assert dangling.height > 300
    assert linked < 0.3 * dangling.height


def test_corresponding_relations_are_found(alignment: Alignment) -> None:
    strong = alignment.relations.filter(pl.min_horizontal("forward", "backward") > 0.5)
    assert strong.height >= 3
    assert strong["forward"].max() <= 1


@pytest.mark.parametrize(
    ("signals", "least"),
    [(("labels",), 0.75), (("labels", "attributes"), 0.75), (("labels", "structure"), 0.85)],
)
def test_fewer_signals_still_align(
    signals: tuple[str, ...],
    least: float,
    graphs: tuple[KnowledgeGraph, KnowledgeGraph],
    reference: pl.DataFrame,
) -> None:
    found = align(*graphs, AlignOptions(signals=signals, rounds=3))
    assert ranking_metrics(found.ranking, reference, "all").hits_at_1 >= least


def test_structure_alone_needs_seeds_and_uses_them(
    graphs: tuple[KnowledgeGraph, KnowledgeGraph], reference: pl.DataFrame
) -> None:
    pairs = resolve(reference, *graphs)
    known = np.arange(len(pairs.source)) % 3 == 0
    seeds = Seeds(pairs.source[known], pairs.target[known])
    options = AlignOptions(signals=("structure",), rounds=4, same_iri=False)
    rest = reference.filter(~pl.Series(known))
    without = ranking_metrics(align(*graphs, options).ranking, rest, "all").hits_at_1
    seeded = align(*graphs, options, seeds=seeds)
    assert seeded.seeds_used == known.sum()
    assert ranking_metrics(seeded.ranking, rest, "all").hits_at_1 > without + 0.1


def test_the_same_input_gives_the_same_result(
    alignment: Alignment, graphs: tuple[KnowledgeGraph, KnowledgeGraph]
) -> None:
    again = align(*graphs)
    assert again.links.table.equals(alignment.links.table)
    assert again.candidates.equals(alignment.candidates)
    assert again.relations.equals(alignment.relations)
