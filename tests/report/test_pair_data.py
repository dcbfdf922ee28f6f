from __future__ import annotations

import base64
import json
import zlib
from itertools import accumulate, pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.align.review_order import review_order
from kgalign.report import Contents
from kgalign.report.numbering import Numbering
from kgalign.report.pair_data import pair_data


@pytest.fixture(scope="module")
def links(world_run: Path) -> pl.DataFrame:
    return Contents.read(world_run).links


def unpacked(text: str) -> dict:
    return json.loads(zlib.decompress(base64.b64decode(text)))


def iri(columns: dict, number: int) -> str:
    entities = columns["entities"]
    return columns["namespaces"][entities["namespace"][number]] + entities["local"][number]


def parts(lengths: list[int], values: list) -> list[list]:
    return [values[start:end] for start, end in pairwise([0, *accumulate(lengths)])]


def test_every_pair_is_kept_with_its_figures(links: pl.DataFrame) -> None:
    data = pair_data(links, 10_000, 8)
    columns = unpacked(data.packed())
    assert (data.left_out, data.evidence_left_out) == (0, 0)
    pairs = columns["pairs"]
    assert [iri(columns, number) for number in pairs["source"]] == links["source"].to_list()
    assert [iri(columns, number) for number in pairs["target"]] == links["target"].to_list()
    assert [columns["statuses"][number] for number in pairs["status"]] == links["status"].to_list()
    told = pl.Series(pairs["probability"]) / 10_000
    assert (told - links["probability"]).abs().max() <= 0.00005 + 1e-9
    rivals = [iri(columns, number) if number >= 0 else None for number in pairs["rival"]]
    assert rivals == links["rival"].to_list()


def test_labels_that_an_iri_tells_are_not_repeated(links: pl.DataFrame) -> None:
    renamed = links.head(2).with_columns(
        source=pl.Series(["http://one/New_York", "_:b0"]), source_label=pl.Series(["New York", None])
    )
    entities = pair_data(renamed, 10, 8).columns["entities"]
    assert entities["local"][:2] == ["New_York", "_:b0"]
    assert entities["label"][:2] == [0, None]


def test_contributions_and_background_make_the_score(links: pl.DataFrame) -> None:
    columns = pair_data(links, 10_000, 8).columns
    for row, link in enumerate(links.to_dicts()):
        terms = {term["signal"]: term for term in link["contributions"]}
        kept = dict(zip(columns["signals"], (of[row] for of in columns["contributions"]), strict=True))
        weights = dict(
            zip(columns["signals"], columns["weights"][columns["pairs"]["weights"][row]], strict=True)
        )
        for signal, value in kept.items():
            assert value / 100 == pytest.approx(terms[signal]["contribution"], abs=0.0051)
            assert weights[signal] == pytest.approx(terms[signal]["weight"], abs=0.0001)
        background = columns["pairs"]["score"][row] / 100 - sum(kept.values()) / 100
        assert background == pytest.approx(terms["background"]["contribution"], abs=0.08)


def test_names_carry_their_languages(links: pl.DataFrame) -> None:
    columns = pair_data(links, 10_000, 8).columns
    names = columns["names"]["source"]
    texts = [[columns["texts"][number] for number in part] for part in parts(names["length"], names["text"])]
    tags = [
        [columns["languages"][number] for number in part]
        for part in parts(names["length"], names["language"])
    ]
    assert texts == links["source_names"].to_list()
    assert tags == links["source_languages"].to_list()
    assert {"ja", "ru", "ar"} <= set(columns["languages"])


def test_runs_of_earlier_versions_have_names_without_languages(links: pl.DataFrame) -> None:
    columns = pair_data(links.drop("source_languages", "target_languages"), 10_000, 8).columns
    assert columns["languages"] == [""]
    assert sum(columns["names"]["source"]["length"]) > links.height


def test_evidence_is_kept_most_informative_first_and_the_rest_is_counted(links: pl.DataFrame) -> None:
    data = pair_data(links, 10_000, 2)
    columns = data.columns
    kept = parts(columns["neighbours"]["length"], columns["neighbours"]["neighbour"])
    for numbers, link in zip(kept, links["neighbours"].to_list(), strict=True):
        assert [iri(columns, number) for number in numbers] == [near["neighbour"] for near in link[:2]]
    had = sum(int(links[name].list.len().sum()) for name in ("neighbours", "attributes"))
    left = sum(sum(columns[name]["length"]) for name in ("neighbours", "attributes"))
    assert data.evidence_left_out == had - left > 0


def test_of_too_many_pairs_the_least_probable_are_kept(links: pl.DataFrame) -> None:
    data = pair_data(links, 50, 8)
    assert data.left_out == links.height - 50
    assert data.rows.height == 50
    least = links["probability"].sort()[49]
    assert max(data.columns["pairs"]["probability"]) / 10_000 == pytest.approx(least, abs=0.0001)


def test_in_a_review_those_that_teach_most_are_kept(links: pl.DataFrame) -> None:
    order = review_order(links)
    data = pair_data(links, 50, 8, order)
    asked = data.rows[data.columns["order"]].select("source", "target")
    assert asked.rows() == order.select("source", "target").head(50).rows()


def test_a_pair_that_is_no_link_can_be_asked_about(links: pl.DataFrame) -> None:
    order = review_order(links).head(1).with_columns(target=pl.lit("http://nowhere/1"))
    data = pair_data(links, 10_000, 8, order)
    assert data.columns["order"] == [links.height]
    assert data.columns["pairs"]["score"][-1] is None
    assert [data.columns[name]["length"][-1] for name in ("neighbours", "attributes")] == [0, 0]


def test_a_link_that_follows_from_others_names_them(links: pl.DataFrame) -> None:
    joined = links.head(2).with_columns(
        via=pl.Series([["http://three/1", "http://three/2"], None], dtype=pl.List(pl.String)),
        contributions=pl.lit(None, links.schema["contributions"]),
        score=pl.lit(None, pl.Float32),
    )
    columns = pair_data(joined, 10, 8).columns
    assert columns["via"]["length"] == [2, 0]
    assert [iri(columns, number) for number in columns["via"]["entity"]] == joined["via"].to_list()[0]
    assert columns["signals"] == []


@given(st.lists(st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=8), max_size=4))
def test_numbers_lead_back_to_their_texts(columns: list[list[str | None]]) -> None:
    series = [pl.Series("column", column, dtype=pl.String) for column in columns]
    numbering = Numbering.of(*series) if series else Numbering(pl.Series("text", [], dtype=pl.String))
    assert len(set(numbering.values)) == len(numbering.values)
    for column, one in zip(columns, series, strict=True):
        numbers = numbering.numbers(one)
        assert [None if number < 0 else numbering.values[number] for number in numbers] == column
