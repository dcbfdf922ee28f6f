from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgalign.align.values import ComparedValues, compare_values
from kgalign.align.values.rating import MOST_MATCHES

MakeAttributes = Callable[[Sequence[str]], pl.DataFrame]
Found = dict[tuple[str, str], tuple[float, int]]


def matched(compared: ComparedValues) -> Found:
    """Weight and crowd by the texts of the two values."""
    sides = [
        side.select("text", pl.col("value").alias(end)).unique()
        for side, end in ((compared.first, "source"), (compared.second, "target"))
    ]
    joined = compared.matches.join(sides[0], on="source").join(sides[1], on="target", suffix="_other")
    return {
        (row["text"], row["text_other"]): (row["weight"], row["crowd"])
        for row in joined.iter_rows(named=True)
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 km", "12^^dbt:kilometre"),
        ("1.000.000", "1,000,000"),
        ("5 мая 1969 г.@ru", "1969-05-05^^xsd:date"),
        ("19690505", "5 May 1969"),
        ("1969", "1969^^xsd:gYear"),
        ("1969^^xsd:integer", "1969年"),
        ("5733-1500", "57331500"),
        ("Café de Flore@fr", "CAFE DE FLORE"),
        ("http://www.example.org/", "https://example.org"),
        ("POINT(2.35 48.85)^^geo:wktLiteral", "48.85 2.35"),
        ("0^^xsd:boolean", "false"),
    ],
)
def test_equal_values(attributes: MakeAttributes, one: str, other: str) -> None:
    compared = compare_values(attributes([one, "elsewhere"]), attributes([other, "nowhere at all"]))
    assert compared.matches.rows() == [(0, 0, 1.0, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 km", "12.1^^dbt:kilometre"),
        ("12 km", "12000"),
        ("12 km", "12"),
        ("1969^^xsd:gYear", "1969-05-05^^xsd:date"),
        ("05/06/1969", "1969-05-05^^xsd:date"),
        ("48.85, 2.35", "POINT(2.36 48.86)"),
        ("Brandenburger Tor", "Brandenburg Tor"),
    ],
)
def test_near_values(attributes: MakeAttributes, one: str, other: str) -> None:
    found = compare_values(attributes([one, "elsewhere"]), attributes([other, "nowhere at all"])).matches
    assert found.select("source", "target", "crowd").rows() == [(0, 0, 1)]
    assert 0 < found["weight"][0] < 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 km", "12 kg"),
        ("100", "-100"),
        ("007", "7"),
        ("AB-1234", "AB-1235"),
        ("1969-05-05^^xsd:date", "1969-05-06^^xsd:date"),
        ("1969^^xsd:gYear", "1970^^xsd:gYear"),
        ("1969", "1970"),
        ("48.85, 2.35", "49.85, 2.35"),
        ("Apollo 11", "Apollo 12"),
        ("true^^xsd:boolean", "1"),
    ],
)
def test_values_that_do_not_match(attributes: MakeAttributes, one: str, other: str) -> None:
    compared = compare_values(attributes([one, one]), attributes([other]))
    assert compared.matches.height == 0
    assert (compared.first.height, compared.second.height) == (0, 0)
    assert (compared.first_values, compared.second_values) == (0, 0)


def test_literals_of_one_value_are_one(attributes: MakeAttributes) -> None:
    compared = compare_values(attributes(["1 km", "1000 m", "5 km"]), attributes(["1^^dbt:kilometre"]))
    assert compared.first.select("entity", "value", "text").rows() == [(0, 0, "1 km"), (1, 0, "1000 m")]
    assert (compared.first_values, compared.second_values) == (1, 1)


def test_near_values_count_all_that_are_as_near(attributes: MakeAttributes) -> None:
    first = attributes(["1969^^xsd:gYear"])
    second = attributes(
        ["1969-05-05^^xsd:date", "1969-05-05^^xsd:date", "1969-06-01^^xsd:date", "1970-01-01"]
    )
    found = matched(compare_values(first, second))
    assert found == {("1969", "1969-05-05"): (0.6, 3), ("1969", "1969-06-01"): (0.6, 3)}
    # By another attribute they are no rivals.
    apart = second.with_columns(attribute=pl.Series([0, 0, 1, 0], dtype=pl.UInt32))
    assert matched(compare_values(first, apart))["1969", "1969-06-01"] == (0.6, 1)


def test_a_value_keeps_its_nearest(attributes: MakeAttributes) -> None:
    many = [f"{100 + number / 100}" for number in range(40)]
    found = matched(compare_values(attributes(["100.001"]), attributes(many)))
    assert {other for _, other in found} == {f"{100 + number / 100}" for number in range(MOST_MATCHES)}
    assert sorted(crowd for _, crowd in found.values()) == list(range(1, MOST_MATCHES + 1))


def test_a_year_keeps_all_its_days(attributes: MakeAttributes) -> None:
    days = [f"1969-0{month}-{day:02d}" for month in (1, 3, 5) for day in range(1, 31)]
    compared = compare_values(attributes(["1969^^xsd:gYear"]), attributes(days))
    assert compared.matches.height == 90
    assert compared.matches["crowd"].unique().to_list() == [90]


def test_graphs_without_attributes(attributes: MakeAttributes) -> None:
    for sides in ((attributes([]), attributes([])), (attributes(["x"]), attributes([]))):
        compared = compare_values(*sides)
        assert compared.matches.height == compared.first.height == compared.second_values == 0


WRITTEN = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["12 km", "12.1 km", "12", "12000", "1969", "1969-05-05", "05/05/1969", "5 May 1969"]),
    st.sampled_from(["brandenburg", "brandenburger", "48.85, 2.35", "48.86, 2.36", "AB 12", "ab-12"]),
    st.floats(0.1, 10).map(lambda amount: f"{amount:.2f}"),
    st.dates().map(str),
)
SIDE = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1), WRITTEN), max_size=10)
ROWS = {"entity": pl.UInt32, "attribute": pl.UInt32, "value": pl.String}


def side(rows: list[tuple[int, int, str]]) -> pl.DataFrame:
    table = pl.DataFrame(rows, schema=ROWS, orient="row")
    return table.with_columns(language=pl.lit(None, pl.String), datatype=pl.lit(None, pl.String))


@settings(deadline=None, max_examples=40)
@given(SIDE, SIDE)
def test_swapping_the_graphs_swaps_the_sides(
    one: list[tuple[int, int, str]], other: list[tuple[int, int, str]]
) -> None:
    there, back = compare_values(side(one), side(other)), compare_values(side(other), side(one))
    assert there.first.equals(back.second) and there.second.equals(back.first)
    turned = back.matches.rename({"source": "target", "target": "source"}).select(there.matches.columns)
    assert there.matches.equals(turned.sort("source", "target"))
    assert there.matches["weight"].is_between(0, 1, closed="right").all()
    assert (there.matches["crowd"] >= 1).all()
    for values, count, end in (
        (there.first, there.first_values, "source"),
        (there.second, there.second_values, "target"),
    ):
        assert sorted(values["value"].unique()) == sorted(there.matches[end].unique()) == list(range(count))


@settings(deadline=None, max_examples=40)
@given(SIDE)
def test_a_graph_matches_itself(rows: list[tuple[int, int, str]]) -> None:
    compared = compare_values(side(rows), side(rows))
    same = compared.matches.filter(pl.col("source") == pl.col("target"))
    assert same["weight"].to_list() == [1.0] * compared.first_values
    assert same["crowd"].to_list() == [1] * compared.first_values
    readable = {(entity, attribute) for entity, attribute, text in rows if text.strip().isalnum()}
    assert readable <= set(compared.first.select("entity", "attribute").rows())


def test_the_order_of_rows_does_not_matter(attributes: MakeAttributes) -> None:
    first = attributes(["12 km", "1969", "brandenburg", "5 May 1969", "100", "101"])
    second = attributes(["12.1 km", "1969-05-05", "brandenburger", "100.5", "12"])
    whole, shuffled = compare_values(first, second), compare_values(first.reverse(), second.reverse())
    assert whole.matches.equals(shuffled.matches) and whole.first.equals(shuffled.first)
