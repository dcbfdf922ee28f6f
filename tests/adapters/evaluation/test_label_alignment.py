from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kgalign.adapters.evaluation import named_entities
from kgalign.adapters.evaluation.label_alignment import LabelAlignment, label_alignment
from kgalign.align import ResolvedPairs, read_pairs, resolve
from kgalign.align.signals.texts import Texts, entity_texts
from kgalign.encode import TextEncoder
from kgalign.encode.characters import CharacterEncoder
from kgalign.evaluate import ranking_metrics
from kgalign.kg import load


class Angles(TextEncoder):
    """A text is an angle in degrees."""

    @property
    def identity(self) -> str:
        return "angles"

    @property
    def dimension(self) -> int:
        return 2

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        angle = np.radians([float(text) for text in texts])
        return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32).reshape(-1, 2)


def texts(*rows: tuple[int, int], entities: int = 10) -> Texts:
    columns = {
        "entity": [entity for entity, _ in rows],
        "text": [str(angle) for _, angle in rows],
        "language": ["en"] * len(rows),
    }
    schema = {"entity": pl.UInt32, "text": pl.String, "language": pl.String}
    return Texts(pl.DataFrame(columns, schema=schema), entities)


def links(*pairs: tuple[int, int]) -> ResolvedPairs:
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    return ResolvedPairs(ends[:, 0], ends[:, 1], 0, None)


def result(results: list[LabelAlignment], pool: str, centring: str, measure: str) -> LabelAlignment:
    (found,) = [
        result
        for result in results
        if (result.metrics.pool, result.centring, result.measure) == (pool, centring, measure)
    ]
    return found


def test_ranks_by_hand() -> None:
    first = texts((0, 0), (1, 40), (2, 90))
    second = texts((0, 10), (1, 55), (2, 20), (3, 90), (3, 200))
    results = label_alignment(first, second, links((0, 2), (1, 1), (2, 3), (5, 0), (0, 9)), Angles())
    assert len(results) == 8
    # 10 is closer to 0 than 20 is, in the whole graph and among the reference's targets.
    everything = result(results, "all", "none", "cosine").metrics
    assert everything.hits_at_1 == pytest.approx(2 / 5)
    assert everything.mrr == pytest.approx((1 / 2 + 1 + 1) / 5)
    assert everything.expected == 5
    # Nobody asks for 10 once the link of a nameless source is gone.
    fewer = label_alignment(first, second, links((0, 2), (1, 1), (2, 3)), Angles())
    assert result(fewer, "reference", "none", "cosine").metrics.hits_at_1 == 1


def test_csls_takes_off_what_a_hub_has_of_everybody() -> None:
    first = texts((0, 0), (1, 30), (2, 60))
    second = texts((0, -29), (1, 28))
    # The source at 0 is nearest to the hub at 28, which is near to all of them.
    results = label_alignment(first, second, links((0, 0), (1, 1)), Angles(), neighbours=3)
    assert result(results, "all", "none", "cosine").metrics.hits_at_1 == 1 / 2
    assert result(results, "all", "none", "csls").metrics.hits_at_1 == 1


def test_ties_share_their_mean_rank() -> None:
    second = texts((0, 45), (1, 45), (2, 45))
    results = label_alignment(texts((0, 45)), second, links((0, 1)), Angles(), pools=["all"])
    assert {result.metrics.mrr for result in results} == {1 / 2}
    assert {result.metrics.hits_at_1 for result in results} == {0}


def test_no_link_and_no_name_give_nothing() -> None:
    for reference in (links(), links((0, 0))):
        found = label_alignment(texts(), texts((1, 0)), reference, Angles())
        assert {result.metrics.mrr for result in found} == {0.0}


angles = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 359)), min_size=1, max_size=12).map(sorted)
some_links = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=8)


@given(angles, angles, some_links, st.integers(1, 40))
def test_blocks_agree_with_the_table_of_all_pairs(
    first: list[tuple[int, int]], second: list[tuple[int, int]], pairs: list[tuple[int, int]], at_once: int
) -> None:
    table = pl.DataFrame(
        [
            (source, target, round(float(np.cos(np.radians(a - b))), 6))
            for source, a in first
            for target, b in second
        ],
        schema=["source", "target", "score"],
        orient="row",
    )
    candidates = table.group_by("source", "target").agg(pl.max("score"))
    reference = pl.DataFrame(pairs, schema=["source", "target"], orient="row")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(named_entities, "_PRODUCTS_AT_ONCE", at_once)
        results = label_alignment(texts(*first), texts(*second), links(*pairs), Angles())
    found = result(results, "all", "none", "cosine").metrics
    expected = ranking_metrics(candidates, reference, "all")
    assert (found.hits_at_1, found.mrr) == pytest.approx((expected.hits_at_1, expected.mrr))


def test_the_sample_graphs_are_aligned_by_name(graph_data: Path, tmp_path: Path) -> None:
    graphs = [
        load(graph_data / name, cache=tmp_path) for name in ("world_ja_ru_ar.nt.gz", "world_en_fr_hi.ttl")
    ]
    reference = resolve(read_pairs(graph_data / "reference.tsv"), *graphs)
    first, second = (entity_texts(graph, None, 8) for graph in graphs)
    results = label_alignment(first, second, reference, CharacterEncoder())
    metrics = result(results, "all", "none", "cosine").metrics
    assert 0.3 < metrics.hits_at_1 < metrics.mrr < metrics.hits_at_10
    kinder = result(results, "reference", "none", "cosine").metrics
    assert kinder.mrr >= metrics.mrr
