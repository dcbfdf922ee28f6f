"""Which letter an answer names, or none."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.vote.answers import letter_index

LETTERS = tuple("ABCDEF")


@pytest.mark.parametrize(
    "text",
    [
        "B",
        " b.",
        "(B)",
        "B)",
        "**B**",
        "$B$",
        "<B>",
        "「B」",
        "B",
        "Answer: B",
        "answer is b",
        "**Answer:** B",
        "Answer: B because it is a city",
        "The answer is (B).",
        "Option B",
        "答案是B。",
        "答え:B",
        "B. John Smith",
        "B) Paris\n",
        "B: the same birth date",
        "B\n\nExplanation: I think that it is a city.",
        '{"answer": "B"}',
        '{"answer": "Option B", "reason": "C and D are cities"}',
        '```json\n{"Answer": "b"}\n```',
        '{"answer": "B"',
        "<think>A or C? It must be D.</think>\n\nB",
    ],
)
def test_one_letter_is_understood_in_any_dress(text: str) -> None:
    assert letter_index(text, LETTERS) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "Z",
        "Answer: Z",
        "Answer: Z, not B",
        "A or B",
        "A, B",
        "AB",
        "Answer: A. No, the answer is B.",
        "A city in China",
        "Answer: a city",
        "I think so",
        "It isn't B",
        "The answer is not B",
        "Bob",
        "Answer: Bob",
        "B. John F. Kennedy",
        "1",
        "none of these",
        "É",
        "{}",
        "[]",
        "null",
        '{"answer": null}',
        '{"answer": "Z"}',
        '{"answer": "A", "answer": "B"}',
        '{"reason": "B"}',
        "<think>It must be B",
        "<think>Answer: B",
        "[" * 100_000,
    ],
)
def test_what_names_none_or_several_is_malformed(text: str) -> None:
    assert letter_index(text, LETTERS) is None


@given(st.text())
def test_any_text_has_an_answer_or_none(text: str) -> None:
    index = letter_index(text, LETTERS)
    assert index is None or LETTERS[index] in unicodedata.normalize("NFKC", text).upper()


@given(
    st.lists(st.sampled_from("BCDEF"), min_size=2, max_size=4, unique=True),
    st.sampled_from([" ", ", ", " or ", "\n"]),
)
def test_several_letters_are_never_one(letters: list[str], between: str) -> None:
    assert letter_index(between.join(letters), LETTERS) is None
    assert letter_index(f"Answer: {between.join(letters)}", LETTERS) is None
