from __future__ import annotations

import polars as pl
import pytest

from kgalign.align.values.literals import literals
from kgalign.align.values.readings import readings
from kgalign.fuse.disagreement import AGREE, DATE, KIND, NUMBER, PLACE, TEXT, judged

XSD = "http://www.w3.org/2001/XMLSchema#"


def kind(one: tuple[str, str | None, str | None], other: tuple[str, str | None, str | None]) -> str:
    stated = pl.DataFrame(
        [one, other],
        schema={"value": pl.String, "language": pl.String, "datatype": pl.String},
        orient="row",
    )
    distinct = literals(stated)
    read = readings(distinct)
    rows = stated.join(distinct, on=stated.columns, nulls_equal=True, maintain_order="left").join(
        read.values.rename({"value": "reading"}), on="literal", how="left", maintain_order="left"
    )
    reading = rows["reading"].cast(pl.Int64).to_list()
    pairs = pl.DataFrame(
        {"one": reading[:1], "other": reading[1:], "language_one": [one[1]], "language_other": [other[1]]},
        schema={"one": pl.Int64, "other": pl.Int64, "language_one": pl.String, "language_other": pl.String},
    )
    return judged(pairs, read)[0]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("1969-05-05", "5 May 1969", AGREE),
        ("1969-05-05", "1969", AGREE),
        ("1969-05-05", "May 1969", AGREE),
        ("1969-05-05", "1969-05-06", DATE),
        ("1969-05-05", "1970", DATE),
        ("98.7", "99", AGREE),
        ("51.25", "51.24601", AGREE),
        ("1200000", "1234567", AGREE),
        ("20.3", "20", AGREE),
        ("100", "104", NUMBER),
        ("1000000", "1400000", NUMBER),
        ("1968", "1969", NUMBER),
        ("1 km", "1000 m", AGREE),
        ("1 km", "1100 m", NUMBER),
        ("POINT(13.4 52.5)", "52.5, 13.4", AGREE),
        ("POINT(13.4 52.5)", "52.6, 13.4", PLACE),
        ("ISBN 3-16-148410-0", "ISBN 3161484100", AGREE),
        ("Berlin", "berlin", AGREE),
        ("Berlin", "Bonn", TEXT),
        ("Berlin", "1969-05-05", KIND),
    ],
)
def test_how_two_values_disagree(one: str, other: str, expected: str) -> None:
    assert kind((one, None, None), (other, None, None)) == expected
    assert kind((other, None, None), (one, None, None)) == expected


def test_texts_in_two_languages_are_not_compared_and_numbers_are() -> None:
    assert kind(("red", "en", None), ("rouge", "fr", None)) == AGREE
    assert kind(("red", "en", None), ("blue", "en-GB", None)) == TEXT
    assert kind(("red", "en", None), ("blue", None, None)) == TEXT
    assert kind(("5 m", "en", None), ("7 m", "fr", None)) == NUMBER


def test_a_datatype_says_what_a_value_is() -> None:
    assert kind(("1956", None, f"{XSD}gYear"), ("1978", None, f"{XSD}gYear")) == DATE
    assert kind(("1956", None, f"{XSD}integer"), ("1978", None, f"{XSD}integer")) == NUMBER


def test_what_cannot_be_read_is_compared_as_it_stands() -> None:
    assert kind(("", None, None), ("x", None, None)) == TEXT
