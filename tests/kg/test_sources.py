import hashlib
import io
import sys
from pathlib import Path

import pytest

from kgalign.errors import InputError
from kgalign.kg.sources import opened, short_names


def names(*sources: str | Path) -> list[str]:
    with opened(sources) as dumps:
        return [dump.name for dump in dumps]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.nt", "a.nt", "c.ttl", "with,comma.nt", "with[1].nt"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    (tmp_path / "sub.nt").mkdir()
    return tmp_path


def test_files_patterns_and_lists(folder: Path) -> None:
    assert names(folder / "b.nt") == ["b.nt"]
    assert names(f"{folder}/?.nt") == ["a.nt", "b.nt"]
    assert names(f"{folder}/c.ttl, {folder}/?.nt") == ["c.ttl", "a.nt", "b.nt"]
    assert names(folder / "c.ttl", folder / "a.nt") == ["c.ttl", "a.nt"]


def test_a_literal_name_comes_before_lists_and_patterns(folder: Path) -> None:
    assert names(f"{folder}/with,comma.nt") == ["with,comma.nt"]
    assert names(f"{folder}/with[1].nt") == ["with[1].nt"]


def test_digest_and_size(folder: Path) -> None:
    with opened([folder / "a.nt"]) as (dump,):
        assert (dump.sha256, dump.bytes) == (hashlib.sha256(b"a.nt").hexdigest(), 4)


def test_standard_input_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"bytes \xff")))
    with opened(["-"]) as (dump,):
        assert (dump.name, dump.path.read_bytes()) == ("stdin", b"bytes \xff")
    assert not dump.path.exists()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{}/none.nt", r"none\.nt: there is no such file\."),
        ("{}/*.xyz", "the pattern matches no file"),
        ("{}/a.nt,{}/none.nt", r"none\.nt: there is no such file"),
        ("{}", "is a folder"),
        ("-,-", "only once"),
        ("", "folder|no such file"),
    ],
)
def test_what_names_nothing(source: str, message: str, folder: Path) -> None:
    with pytest.raises(InputError, match=message):
        names(source.replace("{}", str(folder)))


def test_no_source_at_all() -> None:
    with pytest.raises(InputError, match="no input"):
        names()


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["old/world.nt.gz", "new/world.ttl", "world.rdf"], ("world", "world-2", "world-3")),
        (["dump-*.nq.zst", "x/[ab]-part?.nt"], ("dump", "part")),
        (["a.nt,b.nt", "-", "*.nt", "?"], ("a", "stdin", "graph", "graph-2")),
        (["onto.owl", "my.graph.v2.jsonld.BZ2", "data.v1"], ("onto", "my.graph.v2", "data.v1")),
        (["b-2.nt", "b.nt", "b.ttl"], ("b-2", "b", "b-3")),
    ],
)
def test_short_names(sources: list[str], expected: tuple[str, ...]) -> None:
    assert short_names(sources) == expected


def test_short_names_of_what_is_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert short_names([".", f"{folder}/with[1].nt", folder / "with,comma.nt"]) == (
        folder.name,
        "with[1]",
        "with,comma",
    )
