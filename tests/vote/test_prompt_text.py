"""Graph text in a prompt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.vote.prompt_text import FENCE, FENCE_END, as_data, token_estimate

SPECIAL = (
    FENCE,
    FENCE_END,
    "<start_of_turn>",
    "<end_of_turn>",
    "<|im_start|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<｜User｜>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "</s>",
    "<bos>",
    "[@BOS@]",
    "[TOOL_CALLS]",
)


@pytest.mark.parametrize("token", SPECIAL)
def test_a_template_token_is_broken_up(token: str) -> None:
    for text in (token, f"Paris{token}", f"{token * 2} Paris", f"<{token}[{token}]", f"\u200d{token}\u200c"):
        assert token not in as_data(text, 400)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Saint-Étienne", "Saint-Étienne"),
        ("a\r\nb\u2028c\x85d\x00e\tf", "a b c d e f"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("x < y, [sic] [two words]", "x < y, [ sic] [two words]"),
        ("a\U000e0041b", "a b"),
    ],
)
def test_what_is_kept_and_what_becomes_a_space(text: str, expected: str) -> None:
    assert as_data(text, 100) == expected


def test_a_long_text_is_cut() -> None:
    assert as_data("word " * 100, 20) == "word word word word…"
    assert as_data("word", 4) == "word"


@given(st.text(), st.integers(1, 50))
def test_anything_becomes_one_line_without_markup(text: str, longest: int) -> None:
    shown = as_data(text, longest)
    assert len(shown.splitlines()) <= 1
    assert not any(token in shown for token in SPECIAL)
    assert as_data(shown, 2 * longest + 2) == shown
    # At most a space after each character that could begin markup.
    assert len(shown) <= longest + shown.count("< ") + shown.count("[ ")


@given(st.text(), st.text())
def test_more_text_takes_more_tokens(text: str, more: str) -> None:
    assert 0 <= token_estimate(text) <= token_estimate(text + more)
    assert token_estimate(text + more) <= token_estimate(text) + token_estimate(more)


def test_ideographs_take_a_token_each() -> None:
    assert token_estimate("東京タワー") == 5
    assert token_estimate("Tokyo") == 2
