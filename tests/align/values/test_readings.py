from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgalign.align.values.literals import literals
from kgalign.align.values.readings import readings

MakeAttributes = Callable[[Sequence[str]], pl.DataFrame]


def value_count(attributes: MakeAttributes, *written: str) -> int:
    return readings(literals(attributes(written))).values["value"].n_unique()


@pytest.mark.parametrize(
    "written",
    [
        ("+1.50", "1.5", "1.5^^xsd:decimal", "1,5@de"),
        ("1e3", "1000", "1,000"),
        ("12 km", "12000 m", "12^^dbt:kilometre", "１２ｋｍ"),
        ("1969-05-05T00:00:00Z", "1969-05-05", "5 May 1969", "1969年5月5日"),
        ("-0.0", "0"),
        ("  Ｔokyo  Tower ", "tokyo tower", "Tōkyō-Tower@en"),
        ("AB-12 34", "ab1234"),
        ("+49 30 123456", "4930-123456"),
        (
            "http://www.example.org/a/",
            "https://example.org/a",
            "www.example.org/a",
            "example.org/a^^xsd:anyURI",
        ),
        ("POINT(2.35 48.85)", "48.85, 2.35"),
        ("1^^xsd:boolean", "true^^xsd:boolean", "true"),
    ],
)
def test_literals_of_one_value(attributes: MakeAttributes, written: tuple[str, ...]) -> None:
    assert value_count(attributes, *written) == 1


@pytest.mark.parametrize(
    "written",
    [
        ("007", "7"),
        ("08 57331500", "8 57331500"),
        ("1.5", "15"),
        ("12345678901234567", "12345678901234568"),
        ("12345678901234567^^xsd:integer", "12345678901234568^^xsd:integer"),
        ("12 km", "12", "12 kg"),
        ("1969^^xsd:gYear", "1969-05^^xsd:gYearMonth", "1969-05-05^^xsd:date"),
        ("05/06/1969", "1969^^xsd:gYear"),
        ("C#", "C"),
        ("http://a.org/x", "http://a.org/y"),
    ],
)
def test_literals_of_several_values(attributes: MakeAttributes, written: tuple[str, ...]) -> None:
    assert value_count(attributes, *written) == len(written)


def test_literals_that_state_nothing_have_no_value(attributes: MakeAttributes) -> None:
    assert value_count(attributes, "", "  ", "\u200b") == 0


def test_other_readings_are_kept(attributes: MakeAttributes) -> None:
    found = readings(literals(attributes(["19690505", "12 km"])))
    (day,) = found.dates.rows(named=True)
    assert (day["year"], day["month"], day["day"]) == (1969, 5, 5)
    assert found.codes["code"].to_list() == ["19690505"]
    amounts = found.quantities.select("dimension", "amount", "implied").rows()
    assert {("m", 12000.0, False), ("", 12000.0, True), ("", 12.0, True)} < set(amounts)


LITERAL = st.tuples(
    st.text(max_size=40)
    | st.from_regex(r"[-+0-9.,:/eE°′'\" a-z年月日()POINT]{0,30}", fullmatch=True)
    | st.from_regex(r"\d{1,4}[-./ ]\d{1,4}[-./ ]\d{1,6}", fullmatch=True),
    st.sampled_from([None, "en", "de-AT", "ru", "xx-nonsense"]),
    st.sampled_from(
        [
            None,
            "http://www.w3.org/2001/XMLSchema#date",
            "http://www.w3.org/2001/XMLSchema#gYear",
            "http://www.w3.org/2001/XMLSchema#integer",
            "http://www.w3.org/2001/XMLSchema#double",
            "http://www.w3.org/2001/XMLSchema#boolean",
            "http://www.w3.org/2001/XMLSchema#anyURI",
            "http://dbpedia.org/datatype/kilometre",
            "not an IRI",
        ]
    ),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(LITERAL, max_size=8))
def test_any_text_can_be_read(rows: list[tuple[str, str | None, str | None]]) -> None:
    schema = dict.fromkeys(("value", "language", "datatype"), pl.String)
    distinct = literals(pl.DataFrame(rows, schema=schema, orient="row"))
    found = readings(distinct)
    assert found.values["literal"].is_unique().all()
    assert set(found.values["literal"]) <= set(distinct["literal"])
    assert found.quantities["amount"].is_finite().all()
    assert found.dates["month"].drop_nulls().is_between(1, 12).all()
    assert found.coordinates["latitude"].is_between(-90, 90).all()
