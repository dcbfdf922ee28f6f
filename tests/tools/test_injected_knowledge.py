from __future__ import annotations

from pathlib import Path

import polars as pl
from held_out_texts import held_out_pairs
from injected_knowledge import HELD_OUT_SHARE, held_out_facts
from wikidata_graph import PROPERTY, wikidata_graph

FACT = ["subject", "relation", "object"]


def test_facts_are_held_out_in_every_language(shared_data: Path, tmp_path: Path) -> None:
    graph = wikidata_graph(tmp_path / "store", shared_data)
    table = held_out_facts(graph)
    counts = table.group_by("language").agg(pl.len(), pl.sum("held_out"))
    assert counts.height == 23
    assert (counts["held_out"] > 300).all()
    assert (counts["held_out"] / counts["len"] < HELD_OUT_SHARE + 0.01).all()
    kept = table.filter(~pl.col("held_out"))
    assert table.filter("held_out").join(kept, on=FACT, how="anti").height == 0
    assert PROPERTY + "P31" not in set(graph.relations["iri"].gather(table["relation"].unique()))
    assert table.equals(held_out_facts(graph))


def test_held_out_texts_are_translations_and_halves(shared_data: Path) -> None:
    pairs = held_out_pairs(shared_data, 40)
    counts = dict(pairs.group_by("language").len().iter_rows())
    assert {"en-cy", "ru-cs", "en-or", "ru halves", "gu halves"} <= set(counts)
    assert set(counts.values()) == {40}
    assert not pairs.select("language", "first").is_duplicated().any()
    assert not pairs.select("language", "second").is_duplicated().any()
    assert pairs.equals(held_out_pairs(shared_data, 40))
