from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.adapters.phrases import query_phrase, relation_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("birthPlace", "birth place"),
        ("birth_place", "birth place"),
        ("stateOfOrigin", "state of origin"),
        ("discharge1Location", "discharge 1 location"),
        ("NBATeam", "NBA team"),
        ("country", "country"),
        ("", ""),
    ],
)
def test_names_of_properties_as_words(name: str, words: str) -> None:
    assert relation_words(name) == words


@given(st.text())
def test_words_hold_what_the_name_held(name: str) -> None:
    def bare(text: str) -> str:
        return "".join(text.split()).replace("_", "").lower()

    assert bare(relation_words(name)) == bare(name)


def test_a_query_is_the_head_and_the_relation() -> None:
    assert query_phrase("Αθήνα", "country") == "Αθήνα country"
