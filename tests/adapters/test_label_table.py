from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from kgalign.adapters.label_table import UNDETERMINED, LabelTable
from kgalign.kg import IRI_ORIGIN, KnowledgeGraph

OWNERS = 4
rows = st.lists(
    st.tuples(
        st.integers(0, OWNERS - 1),
        st.text("abc ", max_size=2),
        st.sampled_from(["en", "de", None]),
        st.booleans(),
    ),
    max_size=20,
)


def frame(given_rows: list[tuple[int, str, str | None, bool]], origin: str = "label") -> pl.DataFrame:
    schema = {
        "entity": pl.UInt32,
        "text": pl.String,
        "language": pl.String,
        "preferred": pl.Boolean,
    }
    return pl.DataFrame(given_rows, schema=schema, orient="row").with_columns(origin=pl.lit(origin))


@given(rows)
def test_cells_hold_the_names_of_an_entity_in_a_language(given_rows) -> None:
    table = LabelTable.of(frame(given_rows), OWNERS)
    expected: dict[tuple[int, str], set[str]] = {}
    for owner, text, language, _ in given_rows:
        if text.strip():
            expected.setdefault((owner, language or UNDETERMINED), set()).add(text)
    found = {
        (int(table.owner[cell]), table.languages[table.language[cell]]): set(
            table.texts[table.start[cell] : table.start[cell + 1]]
        )
        for cell in range(table.cells)
    }
    assert found == expected
    counts = [len({key for key in expected if key[0] == owner}) for owner in range(OWNERS)]
    assert table.cell_count().tolist() == counts


@given(rows, st.integers(0, 5))
def test_drawn_cells_belong_to_their_entities_and_avoid_what_they_can(given_rows, seed: int) -> None:
    table = LabelTable.of(frame(given_rows), OWNERS)
    owners = np.flatnonzero(table.cell_count() > 0)
    if not len(owners):
        return
    generator = np.random.default_rng(seed)
    weights = table.weights(0.5)
    one = table.draw_cells(owners, weights, generator)
    other = table.draw_cells(owners, weights, generator, avoid=one)
    assert (table.owner[one] == owners).all()
    assert (table.owner[other] == owners).all()
    assert ((one != other) == (table.cell_count()[owners] > 1)).all()
    wanted = np.zeros(len(owners), np.int64)
    third = table.draw_cells(owners, weights, generator, prefer=wanted)
    for owner, cell in zip(owners, third, strict=True):
        own = range(table.owner_start[owner], table.owner_start[owner + 1])
        if any(table.language[place] == 0 for place in own):
            assert table.language[cell] == 0


def test_small_languages_do_not_drown(cities: KnowledgeGraph) -> None:
    given_rows = [(number, f"n{number}", "en", True) for number in range(90)]
    given_rows += [(number, f"m{number}", "yo", True) for number in range(10)]
    table = LabelTable.of(frame(given_rows), 90)
    by_size, evenly = table.weights(1.0), table.weights(0.0)
    small = table.language == table.languages.index("yo")
    assert by_size[small].sum() / by_size.sum() == 0.1
    assert np.isclose(evenly[small].sum() / evenly.sum(), 0.5)
    assert np.isclose(table.weights(0.5)[small].sum() / table.weights(0.5).sum(), 0.25)


def test_names_from_iris_count_only_alone() -> None:
    coded = frame([(0, "Q1", None, True)], IRI_ORIGIN)
    assert LabelTable.of(coded, 1).texts == ("Q1",)
    assert LabelTable.of(pl.concat([coded, frame([(0, "one", "en", True)])]), 1).texts == ("one",)


def test_the_preferred_name_stands_first(cities: KnowledgeGraph) -> None:
    table = LabelTable.of(cities.labels, cities.entity_count)
    assert "hamburg" in table.names(np.arange(table.cells))
    assert "hansestadt" not in table.names(np.arange(table.cells))
    assert table.by_language() == {"de": 8, "en": 11, "es": 10}
