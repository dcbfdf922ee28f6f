from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.adapters.facts_by_language import (
    FACT,
    facts_by_language,
    facts_of,
    hold_out_by_language,
    preferred_names,
    sampled,
)
from kgalign.kg import load

KEY = [*FACT, "language"]


def facts(*rows: tuple[int, int, int]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict.fromkeys(FACT, pl.UInt32), orient="row")


def labels(*rows: tuple[int, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema={"entity": pl.UInt32, "language": pl.String}, orient="row")


def test_a_fact_is_in_the_languages_of_both_its_ends() -> None:
    table = facts_by_language(
        facts((0, 7, 1), (0, 7, 2), (0, 7, 1)),
        labels((0, "en"), (0, "de"), (0, "fr"), (1, "en"), (1, "de"), (1, "it"), (2, "fr"), (2, "fr")),
    )
    assert table.rows() == [(0, 7, 1, "de"), (0, 7, 1, "en"), (0, 7, 2, "fr")]


def test_a_fact_of_one_language_is_never_held_out() -> None:
    table = hold_out_by_language(facts((0, 7, 1)), labels((0, "en"), (1, "en"), (1, "de")), 1.0, 0)
    assert table.rows() == [(0, 7, 1, "en", False)]


def test_no_fact_gives_no_row() -> None:
    table = hold_out_by_language(facts(), labels((0, "en")), 0.5, 0)
    assert table.columns == [*KEY, "held_out"]
    assert table.height == 0


entity = st.integers(0, 6)
some_facts = st.lists(st.tuples(entity, st.integers(0, 2), entity), max_size=25)
some_labels = st.lists(st.tuples(entity, st.sampled_from(["de", "en", "zh"])), max_size=21)


@given(some_facts, some_labels, st.sampled_from([0.0, 0.3, 0.9, 1.0]), st.integers(0, 5))
def test_what_is_held_out_stays_in_another_language(
    rows: list[tuple[int, int, int]], named: list[tuple[int, str]], share: float, seed: int
) -> None:
    table = hold_out_by_language(facts(*rows), labels(*named), share, seed)
    everything = facts_by_language(facts(*rows), labels(*named))
    assert table.select(KEY).equals(everything)
    kept = table.filter(~pl.col("held_out"))
    assert table.join(kept, on=FACT, how="anti").height == 0
    shared = everything.filter(pl.len().over(FACT) > 1)
    open_rows = dict(shared.group_by("language").len().iter_rows())
    for (language,), held in table.filter("held_out").group_by("language"):
        assert held.height <= share * open_rows[language] + 0.5
    if share == 0:
        assert not table["held_out"].any()


@given(some_facts, some_labels)
def test_the_order_of_the_rows_does_not_matter(
    rows: list[tuple[int, int, int]], named: list[tuple[int, str]]
) -> None:
    again = hold_out_by_language(facts(*rows[::-1]), labels(*named[::-1]), 0.5, 3)
    assert again.equals(hold_out_by_language(facts(*rows), labels(*named), 0.5, 3))


def test_another_language_leaves_the_draws_of_the_first_alone() -> None:
    some = facts(*((number, 0, number + 1) for number in range(40)))
    two = [(entity, language) for entity in range(41) for language in ("de", "en", "fr")]
    three = [*two, *((entity, "it") for entity in range(41))]
    before = hold_out_by_language(some, labels(*two), 0.3, 0).filter("held_out")
    after = hold_out_by_language(some, labels(*three), 0.3, 0).filter("held_out", pl.col("language") != "it")
    everywhere = hold_out_by_language(some, labels(*two), 0.3, 1).filter("held_out")
    assert abs(after.height - before.height) <= 2
    assert before.join(after, on=KEY, how="semi").height >= before.height - 1
    assert not before.equals(everywhere)
    assert before.group_by("language").len()["len"].to_list() == pytest.approx([12, 12, 12], abs=2)


def test_a_sample_takes_relations_in_turn() -> None:
    rows = [(number, 0, 1, "en") for number in range(100)] + [(number, 1, 1, "en") for number in range(3)]
    table = pl.DataFrame(rows, schema=KEY, orient="row")
    sample = sampled(table, 10, 0)
    assert dict(sample.group_by("relation").len().iter_rows()) == {0: 7, 1: 3}
    assert sample.join(table, on=KEY, how="semi").height == 10
    assert sampled(table[::-1], 10, 0).equals(sample)
    assert not sampled(table, 10, 1).equals(sample)
    assert sampled(table, 1000, 0).height == 103


def test_real_graphs_have_facts_in_their_languages(graph_data: Path, tmp_path: Path) -> None:
    graph = load(graph_data / "world_en_fr_hi.ttl", cache=tmp_path)
    table = hold_out_by_language(facts_of(graph), preferred_names(graph), 0.2, 0)
    counts = table.group_by("language").agg(pl.len(), pl.sum("held_out"))
    assert set(counts["language"]) == {"en", "fr", "hi"}
    assert ((counts["held_out"] / counts["len"]) < 0.21).all()
    assert (counts["held_out"] > 0).all()
