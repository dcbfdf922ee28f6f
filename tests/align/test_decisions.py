from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgalign.align import DecisionFile
from kgalign.errors import InputError, OutputError

HEADER = "source\ttarget\tdecision\tdecided_at\n"
LINE = "http://a/1\thttp://b/1\tconfirmed\t2026-01-31T12:00:00Z\n"
IRIS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
DECISIONS = st.sampled_from(["confirmed", "declined", "unsure"])


def test_the_last_decision_of_a_pair_counts(tmp_path: Path) -> None:
    file = DecisionFile(tmp_path / "run" / "decisions.tsv")
    assert file.read().height == 0
    file.append("http://a/1", "http://b/1", "confirmed")
    file.append("http://a/2", "http://b/2", "unsure")
    file.append("http://a/1", "http://b/1", "declined")
    found = file.read()
    assert found.select("source", "target", "decision").rows() == [
        ("http://a/2", "http://b/2", "unsure"),
        ("http://a/1", "http://b/1", "declined"),
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time) for time in found["decided_at"])
    content = (tmp_path / "run" / "decisions.tsv").read_text("utf-8")
    assert content.startswith(HEADER)
    assert content.count("\n") == 4


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(IRIS, IRIS, DECISIONS), min_size=1, max_size=5))
def test_no_iri_breaks_the_file(rows: list[tuple[str, str, str]], tmp_path: Path) -> None:
    path = tmp_path / "decisions.tsv"
    path.unlink(missing_ok=True)
    file = DecisionFile(path)
    for row in rows:
        file.append(*row)
    last = {row[:2]: row[2] for row in rows}
    found = file.read().select("source", "target", "decision").rows()
    assert {row[:2]: row[2] for row in found} == last
    assert len(found) == len(last)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, len(LINE.encode()) - 1), again=st.booleans())
def test_a_crash_costs_at_most_the_last_line(cut: int, again: bool, tmp_path: Path) -> None:
    path = tmp_path / "decisions.tsv"
    whole = HEADER + LINE.replace("/1", "/é")
    path.write_bytes(whole.encode() + LINE.encode()[:cut])
    file = DecisionFile(path)
    rest = [("http://a/1", "http://b/1", "confirmed")] * (cut == len(LINE) - 1)
    expected = [("http://a/é", "http://b/é", "confirmed"), *rest]
    assert file.cut_short() == (None if rest or not cut else 3)
    assert file.read().select("source", "target", "decision").rows() == expected
    if again:
        file.append("http://a/2", "http://b/2", "declined")
        assert file.cut_short() is None
        found = file.read().select("source", "target", "decision").rows()
        assert found == [*expected, ("http://a/2", "http://b/2", "declined")]


@pytest.mark.parametrize("left", [b"sour", b"\xe6\x9d", b"\0" * 5000, HEADER.encode()[:-1], b"x" * 9000])
def test_what_a_crash_left_in_a_new_file(left: bytes, tmp_path: Path) -> None:
    path = tmp_path / "decisions.tsv"
    path.write_bytes(left)
    assert DecisionFile(path).read().height == 0
    DecisionFile(path).append("http://a/1", "http://b/1", "unsure")
    assert path.read_text("utf-8").startswith(HEADER)
    assert DecisionFile(path).read().height == 1


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "decisions.tsv"
    file = DecisionFile(path)
    file.append("http://a/1", "http://b/1", "confirmed")
    before = path.read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: write(handle, content[:7]))
    with pytest.raises(OutputError, match="disk is full"):
        file.append("http://a/2", "http://b/2", "confirmed")
    assert path.read_bytes() == before


def test_many_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "decisions.tsv"
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda number: DecisionFile(path).append(f"http://a/{number}", "http://b/1", "declined"),
                range(64),
            )
        )
    assert DecisionFile(path).read().height == 64
    assert path.read_text("utf-8").count("\n") == 65


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("http://a/1\thttp://b/1\tmaybe\t\n", ":3:"),
        ("http://a/1\n", ":3:"),
        ("\thttp://b/1\tunsure\n", ":3:"),
    ],
)
def test_a_line_that_is_no_decision(line: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "decisions.tsv"
    path.write_text(HEADER + LINE + line)
    with pytest.raises(InputError, match=place):
        DecisionFile(path).read()


def test_decisions_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "decisions.tsv"
    path.write_text("\ufeffhttp://a/1\thttp://b/1\tdeclined\r\n\r\n", "utf-8", newline="")
    assert DecisionFile(path).read().rows() == [("http://a/1", "http://b/1", "declined", "")]


def test_what_is_no_decision_is_not_written(tmp_path: Path) -> None:
    file = DecisionFile(tmp_path / "decisions.tsv")
    for source, decision in (("http://a/1", "perhaps"), ("", "unsure"), ("\ud800", "unsure")):
        with pytest.raises(InputError):
            file.append(source, "http://b/1", decision)  # type: ignore[arg-type]
    assert not (tmp_path / "decisions.tsv").exists()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        DecisionFile(tmp_path / "file" / "decisions.tsv").append("http://a/1", "http://b/1", "unsure")
