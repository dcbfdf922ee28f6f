from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers.normalizers import Precompiled

from kgalign.encode.charsmap import build_charsmap

characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])


@given(st.dictionaries(characters, st.text(characters, max_size=3), min_size=1, max_size=60))
def test_each_rule_is_applied(rules: dict[str, str]) -> None:
    normalizer = Precompiled(build_charsmap(rules))
    for character, replacement in rules.items():
        assert normalizer.normalize_str(character) == replacement


@given(st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=40))
def test_other_characters_are_left_alone(text: str) -> None:
    normalizer = Precompiled(build_charsmap({"é": "E", "中": "", "😀": ":)"}))
    assert normalizer.normalize_str(text) == text


def test_words() -> None:
    normalizer = Precompiled(build_charsmap({"ﬁ": "fi", "\t": " ", "\u200b": ""}))
    assert normalizer.normalize_str("ﬁsh\tand\u200bchips") == "fish andchips"


@pytest.mark.parametrize("key", ["", "ab", "\0"])
def test_a_key_is_one_character(key: str) -> None:
    with pytest.raises(ValueError, match="one character"):
        build_charsmap({key: "x"})
