import io
import sys
from pathlib import Path

import pytest

from kgalign.errors import InputError, OutputError
from kgalign.kg import IngestOptions, cache, ingest, ingestion, load

LINE = "<http://a/s> <http://a/p> <http://a/o> .\n"


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The dumps that were really read, in order."""
    read: list[str] = []
    original = ingestion._Reading.read

    def noted(self, dump, on_bytes) -> None:
        read.append(dump.name)
        original(self, dump, on_bytes)

    monkeypatch.setattr(ingestion._Reading, "read", noted)
    return read


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "x.nt"
    path.write_text(LINE + "bad\n<http://a/b c> <http://a/p> <http://a/o> .\n", encoding="utf-8")
    return path


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_the_second_time_nothing_is_read(dump: Path, kept: Path, readings, capsys) -> None:
    first = load(str(dump), cache=kept)
    told = capsys.readouterr().err
    second = load(str(dump), cache=kept)
    assert readings == ["x.nt"]
    assert second.manifest == first.manifest
    assert (second.manifest.rejected, second.manifest.repaired) == (1, 1)
    assert "x.nt:2: " in told
    assert capsys.readouterr().err == told


def test_a_moved_file_is_recognised(dump: Path, kept: Path, readings, tmp_path: Path) -> None:
    load(str(dump), cache=kept)
    (tmp_path / "elsewhere").mkdir()
    load(str(dump.rename(tmp_path / "elsewhere" / "x.nt")), cache=kept)
    assert readings == ["x.nt"]


def test_other_content_options_or_version_are_read_anew(
    dump: Path, kept: Path, readings, monkeypatch
) -> None:
    load(str(dump), cache=kept)
    load(str(dump), IngestOptions(max_errors=5), kept)
    dump.write_text(LINE, encoding="utf-8")
    load(str(dump), cache=kept)
    monkeypatch.setattr(cache, "__version__", "another")
    load(str(dump), cache=kept)
    assert len(readings) == 4


@pytest.mark.parametrize("damage", ["manifest.json", "labels.parquet", "rejected.tsv", "triples.parquet"])
@pytest.mark.parametrize("how", ["remove", "cut"])
def test_a_damaged_entry_is_made_again(dump: Path, kept: Path, readings, damage: str, how: str) -> None:
    if (damage, how) == ("rejected.tsv", "cut"):
        pytest.skip("a log has no telling length")
    graph = load(str(dump), cache=kept)
    expected = graph.triples
    file = graph.folder / damage
    if how == "remove":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-5])
    assert load(str(dump), cache=kept).triples.equals(expected)
    assert len(readings) == 2


def test_an_entry_made_by_another_process_meanwhile_is_used(
    dump: Path, kept: Path, readings, monkeypatch
) -> None:
    def lost_race(dumps, output, options):
        original(dumps, output, options)
        raise OutputError(f"{output}: can't be written (Directory not empty); choose another place with -o.")

    original = cache.ingest_dumps
    monkeypatch.setattr(cache, "ingest_dumps", lost_race)
    assert load(str(dump), cache=kept).entity_count == 3


def test_a_store_is_opened(dump: Path, kept: Path, readings, tmp_path: Path) -> None:
    graph = ingest([dump], tmp_path / "store")
    assert load(str(tmp_path / "store"), cache=kept).manifest == graph.manifest
    assert not kept.exists()


def test_a_folder_that_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this folder is no kgalign store"):
        load(str(tmp_path))


def test_lists_patterns_and_standard_input(dump: Path, kept: Path, tmp_path: Path, monkeypatch) -> None:
    other = tmp_path / "y.ttl"
    other.write_text("@prefix a: <http://a/> .\na:s a:q a:z .\n", encoding="utf-8")
    assert load(f"{dump},{other}", cache=kept).relation_count == 2
    assert load(f"{tmp_path}/?.*t*", cache=kept).relation_count == 2
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(other.read_bytes())))
    graph = load("-", cache=kept)
    assert (graph.manifest.sources[0].name, graph.manifest.sources[0].format) == ("stdin", "turtle")


def test_the_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KGALIGN_CACHE", str(tmp_path / "named"))
    assert cache.cache_folder() == tmp_path / "named"
    monkeypatch.delenv("KGALIGN_CACHE")
    assert cache.cache_folder().name == "kgalign"


def test_a_cache_that_cannot_be_written(dump: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way", encoding="utf-8")
    with pytest.raises(OutputError, match="KGALIGN_CACHE"):
        load(str(dump), cache=tmp_path / "cache")


def test_a_bad_dump_leaves_no_entry(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "x.nt").write_text("bad\n", encoding="utf-8")
    with pytest.raises(InputError):
        load(str(tmp_path / "x.nt"), cache=kept)
    assert list((kept / "graphs").iterdir()) == []
