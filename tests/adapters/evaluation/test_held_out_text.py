from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.adapters.evaluation.held_out_text import halves, read_texts, text_pairs
from kgalign.errors import InputError


def test_a_plain_file_has_a_text_or_two_a_line(tmp_path: Path) -> None:
    path = tmp_path / "held_out.txt"
    path.write_text("A first sentence.\n\n Der Hund \t the dog \r\n", "utf-8")
    assert read_texts(path, "de").rows() == [
        ("de", "A first sentence.", None),
        ("de", "Der Hund", "the dog"),
    ]


def test_json_lines_may_tell_partner_and_language(tmp_path: Path) -> None:
    path = tmp_path / "held_out.jsonl"
    path.write_text(
        '{"text": "eins", "partner": "one", "language": "de", "id": 7}\n{"text": "deux"}\n', "utf-8"
    )
    assert read_texts(path, "fr").rows() == [("de", "eins", "one"), ("fr", "deux", None)]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.txt", b"one\ntwo\tthree\tfour\n", ":2: more than two texts"),
        ("a.jsonl", b'{"text": "x"}\n["x"]\n', ":2: not an object"),
        ("a.jsonl", b'{"text": 3}\n', ":1: not an object"),
        ("a.txt", b"\n \n", "no text"),
        ("a.txt", b"fine\n\xff\n", ":2: not UTF-8"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_texts(tmp_path / name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_texts(tmp_path / "nothing.txt")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It is 3.5 km long. Nobody knows why.", ("It is 3.5 km long.", "Nobody knows why.")),
        ("यह एक वाक्य है। यह दूसरा है।", ("यह एक वाक्य है।", "यह दूसरा है।")),
        ("今日は晴れ。明日は雨。", ("今日は晴れ。", "明日は雨。")),
        ("北京是中国的首都", ("北京是中", "国的首都")),
        (
            "No. A sentence that ends late, after its first word",
            ("No. A sentence that ends", "late, after its first word"),
        ),
    ],
)
def test_where_a_text_is_cut(text: str, parts: tuple[str, str]) -> None:
    assert halves(text) == parts


@given(st.text(max_size=60))
def test_halves_lose_nothing_but_space(text: str) -> None:
    assert "".join("".join(halves(text)).split()) == "".join(text.split())


def test_pairs_hold_no_text_twice_and_none_too_short(tmp_path: Path) -> None:
    path = tmp_path / "held_out.txt"
    path.write_text(
        "the same text\tone translation\nthe same text\tanother translation\nshort\tvery short indeed\n"
        "This is one half. This is the other.\n",
        "utf-8",
    )
    pairs = text_pairs(read_texts(path, "en"))
    assert pairs.rows() == [
        ("en", "the same text", "one translation"),
        ("en", "This is one half.", "This is the other."),
    ]
