from __future__ import annotations

import polars as pl
import pytest

from kgalign.align.explanation import EXPLANATION_SCHEMA
from kgalign.align.options import AlignOptions
from kgalign.vote.voted_links import VotedLinks, apply

GRAPHS = {"source_graph": "one", "target_graph": "two"}


def links(*rows: tuple[str, str, float, str, str]) -> pl.DataFrame:
    """``source``, ``target``, ``probability``, ``status``, ``method``; explained with nothing."""
    table = pl.DataFrame(
        rows,
        {
            "source": pl.String,
            "target": pl.String,
            "probability": pl.Float64,
            "status": pl.String,
            "method": pl.String,
        },
        orient="row",
    )
    return table.with_columns(
        **{name: pl.lit(value) for name, value in GRAPHS.items()},
        source_label=pl.col("source").str.to_uppercase(),
        target_label=pl.col("target").str.to_uppercase(),
        label=pl.lit(0.5, pl.Float32),
        **{
            name: pl.lit([], kind) if isinstance(kind, pl.List) else pl.lit(None, kind)
            for name, kind in EXPLANATION_SCHEMA.items()
        },
    ).with_columns(pl.col("neighbours_shared", "attributes_shared").fill_null(0))


def candidates(*rows: tuple[str, str, float]) -> pl.DataFrame:
    table = pl.DataFrame(
        rows, {"source": pl.String, "target": pl.String, "probability": pl.Float64}, orient="row"
    )
    return table.with_columns(
        **{name: pl.lit(value) for name, value in GRAPHS.items()},
        source_label=pl.col("source").str.to_uppercase(),
        target_label=pl.col("target").str.to_uppercase(),
        label=pl.lit(0.25, pl.Float32),
        weight=pl.col("probability").cast(pl.Float32),
    )


RUN = links(
    ("a", "x", 0.99, "accepted", "aligned"),
    ("b", "y", 0.6, "accepted", "aligned"),
    ("c", "z", 0.4, "uncertain", "aligned"),
    ("s", "t", 1.0, "accepted", "seed"),
)
CANDIDATES = candidates(
    ("a", "x", 0.99), ("b", "y", 0.6), ("b", "z", 0.3), ("b", "w", 0.05), ("c", "z", 0.4), ("c", "x", 0.2)
)


def after(*voted: tuple[str, str, float], cardinality: str = "one-to-one") -> VotedLinks:
    table = pl.DataFrame(voted, {"source": pl.String, "target": pl.String, "voted": pl.Float64}, orient="row")
    return apply(
        RUN, CANDIDATES, table, AlignOptions.model_validate({"cardinality": cardinality, "precision": 0.5})
    )


def linked(result: VotedLinks) -> dict[str, tuple[str, float, str]]:
    return {
        row["source"]: (row["target"], pytest.approx(row["probability"]), row["status"])
        for row in result.links.iter_rows(named=True)
    }


def test_a_source_gets_the_target_that_was_named_and_the_others_keep_theirs() -> None:
    result = after(("b", "y", 0.05), ("b", "z", 0.9))
    assert linked(result) == {
        "a": ("x", 0.99, "accepted"),
        "b": ("z", 0.9, "accepted"),
        "s": ("t", 1.0, "accepted"),
    }
    assert (result.added, result.dropped) == (1, 1)
    new = result.links.row(by_predicate=pl.col("source") == "b", named=True)
    assert new["method"] == "voted"
    assert (new["source_label"], new["target_label"], new["label"]) == ("B", "Z", 0.25)
    assert new["neighbours"] == [] and new["neighbours_shared"] == 0
    assert result.links.schema == RUN.schema


def test_none_of_these_unlinks() -> None:
    result = after(("b", "y", 0.03), ("b", "z", 0.02))
    assert "b" not in linked(result)
    assert (result.added, result.dropped) == (0, 1)


def test_a_target_stays_with_the_more_probable_source() -> None:
    result = after(("c", "z", 0.02), ("c", "x", 0.95))
    assert linked(result)["a"] == ("x", 0.99, "accepted")
    assert "c" not in linked(result)
    shared = after(("c", "z", 0.02), ("c", "x", 0.95), cardinality="many-to-one")
    assert linked(shared)["c"] == ("x", 0.95, "accepted")


def test_what_was_given_stands_whatever_was_voted() -> None:
    more = pl.concat([CANDIDATES, candidates(("c", "t", 0.3))])
    voted = pl.DataFrame({"source": ["c"], "target": ["t"], "voted": [0.999]})
    result = apply(RUN, more, voted, AlignOptions())
    assert linked(result)["s"] == ("t", 1.0, "accepted")
    assert "c" not in linked(result)


def test_candidates_are_ranked_anew_and_what_was_not_shown_comes_last() -> None:
    result = after(("b", "y", 0.05), ("b", "z", 0.9))
    of_b = result.candidates.filter(pl.col("source") == "b").sort("weight", descending=True)
    assert of_b["target"].to_list()[0] == "z"
    assert of_b["probability"].to_list() == pytest.approx([0.9, 0.05, 0.05])
    rest = pl.col("source") != "b"
    assert result.candidates.filter(rest).equals(CANDIDATES.filter(rest))
    assert result.candidates.schema == CANDIDATES.schema


def test_the_bar_is_set_anew_for_the_precision_that_was_asked_for() -> None:
    voted = pl.DataFrame({"source": ["b", "b"], "target": ["y", "z"], "voted": [0.05, 0.9]})
    strict = linked(apply(RUN, CANDIDATES, voted, AlignOptions(precision=0.98)))
    assert strict["a"][2] == "accepted" and strict["b"][2] == "uncertain"


def test_without_a_vote_nothing_changes() -> None:
    result = after()
    columns = ["source", "target", "probability", "status", "method"]
    assert result.links.sort("source").select(columns).equals(RUN.sort("source").select(columns))
    assert result.candidates.equals(CANDIDATES)
