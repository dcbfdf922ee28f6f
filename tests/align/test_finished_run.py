from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kgalign.align.explanation import EXPLANATION_SCHEMA
from kgalign.align.finished_run import FinishedRun
from kgalign.errors import InputError

TEXTS = ("source", "target", "status", "method", "source_label", "target_label")


def links(*rows: tuple[str, str, float, str | None, list[str]]) -> pl.DataFrame:
    """Links with the columns that are looked at; the third column is the probability."""
    table = pl.DataFrame(
        [
            {
                "source_graph": source[7:8],
                "target_graph": target[7:8],
                "source": source,
                "target": target,
                "probability": probability,
                "status": "accepted",
                "method": "aligned",
                "source_label": label,
                "target_label": "Köln",
                "source_names": names,
                "target_names": None,
            }
            for source, target, probability, label, names in rows
        ],
        schema_overrides=dict.fromkeys(TEXTS, pl.String),
    )
    others = [name for name in EXPLANATION_SCHEMA if name not in table.columns]
    return table.with_columns(
        pl.col("target_names").cast(pl.List(pl.String)),
        *[pl.lit(None, EXPLANATION_SCHEMA[name]).alias(name) for name in others],
    )


@pytest.fixture
def run(tmp_path: Path) -> FinishedRun:
    links(
        ("http://a/1", "http://b/1", 0.9, "Cologne", ["Cologne", "ＫＯＬＮ", "Colonia"]),
        ("http://a/1", "http://c/%E6%9D%B1", 0.8, "Cologne", ["Cologne"]),
        ("http://a/東", "http://b/2", 0.7, None, []),
    ).write_parquet(tmp_path / "links.parquet")
    pl.DataFrame(
        {
            "source": ["http://a/3", "http://a/3"],
            "target": ["http://b/2", "http://b/3"],
            "source_label": ["Bonn", "Bonn"],
            "target_label": ["Köln", None],
            "weight": [0.1, 0.3],
        }
    ).write_parquet(tmp_path / "candidates.parquet")
    return FinishedRun.open(tmp_path)


@pytest.mark.parametrize(
    ("name", "iris"),
    [
        ("http://a/1", ["http://a/1"]),
        ("<http://b/3>", ["http://b/3"]),
        ("http://a/%E6%9D%B1", ["http://a/東"]),
        ("http://c/%E6%9D%B1", ["http://c/%E6%9D%B1"]),
        ("Colonia", ["http://a/1"]),
        ("cologne", ["http://a/1"]),
        ("Köln", ["http://b/1", "http://b/2", "http://c/%E6%9D%B1"]),
        ("koln", ["http://a/1"]),
        ("Bonn", ["http://a/3"]),
        ("http://a/", []),
        ("", []),
    ],
)
def test_names_lead_to_entities(name: str, iris: list[str], run: FinishedRun) -> None:
    found = run.entities_named(name)
    assert found.columns == ["iri", "label"]
    assert found["iri"].to_list() == iris


def test_partners_may_be_limited_to_two_graphs(run: FinishedRun) -> None:
    assert run.partners_of("http://a/1")["iri"].to_list() == ["http://b/1", "http://c/%E6%9D%B1"]
    like = {"source_graph": "a", "target_graph": "c"}
    (partner,) = run.partners_of("http://a/1", like).to_dicts()
    assert partner == {"iri": "http://c/%E6%9D%B1", "label": "Köln", "probability": 0.8, "status": "accepted"}
    assert run.partners_of("http://b/1")["label"].to_list() == ["Cologne"]


def test_candidates_come_best_first(run: FinishedRun) -> None:
    assert run.candidates_of(["http://a/3"])["target"].to_list() == ["http://b/3", "http://b/2"]
    assert run.candidates_of(["http://b/2"])["source"].to_list() == ["http://a/3"]


def test_without_candidates(run: FinishedRun, tmp_path: Path) -> None:
    (tmp_path / "candidates.parquet").unlink()
    alone = FinishedRun.open(tmp_path / "links.parquet")
    assert alone.candidates_of(["http://a/3"]).height == 0
    assert alone.entities_named("Bonn").height == 0
    assert alone.entities_named("http://a/1").height == 1


def test_a_name_with_wildcards_is_a_name(tmp_path: Path) -> None:
    links(("http://a/1", "http://b/1", 0.9, "Cologne", [])).write_parquet(tmp_path / "links.parquet")
    with pytest.raises(InputError, match=r"l\*\.parquet: there are no links here"):
        FinishedRun.open(tmp_path / "l*.parquet")
