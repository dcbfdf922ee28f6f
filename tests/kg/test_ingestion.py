"""A whole reading: several files, what goes wrong, and what is left behind then."""

import errno
import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kgalign.errors import InputError, OutputError
from kgalign.kg import IngestOptions, KnowledgeGraph, ingest
from kgalign.kg.store import SCHEMAS

LINE = "<http://a/s> <http://a/p> <http://a/o> .\n"
ROOT = Path(__file__).resolve().parents[2]


def test_manifest_tells_where_it_came_from(read) -> None:
    content = gzip.compress((LINE + "<http://a/b c> <http://a/p> <http://a/o> .\nbad\n").encode(), mtime=0)
    graph = read(content, "x.nt.gz")
    manifest = graph.manifest
    (source,) = manifest.sources
    assert (source.name, source.format, source.bytes) == ("x.nt.gz", "ntriples", len(content))
    assert source.sha256 == hashlib.sha256(content).hexdigest()
    assert (manifest.triples, manifest.repaired, manifest.rejected) == (2, 1, 1)
    assert manifest.rows == {table: len(getattr(graph, table)) for table in SCHEMAS}
    assert {path.name for path in graph.folder.iterdir()} == {
        "manifest.json", "rejected.tsv", *(f"{table}.parquet" for table in SCHEMAS)
    }  # fmt: skip
    for table, schema in SCHEMAS.items():
        assert getattr(graph, table).schema == schema


def test_the_summary_goes_to_standard_error_only(read, capsys: pytest.CaptureFixture[str]) -> None:
    read(LINE + "bad one\nbad two\nbad three\nbad four\n")
    out, err = capsys.readouterr()
    assert out == ""
    assert "4 lines were rejected" in err
    assert "dump.nt:2: " in err
    assert "dump.nt:5: " not in err


def test_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    literal = '<http://a/{0}> <http://a/p{1}> "text é {2}"@en .\n'
    link = "_:b{2} <http://a/q> <http://a/{2}> .\n"
    lines = [(literal + link).format(n % 97, n % 5, n) for n in range(5000)]
    (tmp_path / "x.nt").write_text("".join(lines), encoding="utf-8")
    for output in ("one", "two", "two"):
        ingest([tmp_path / "x.nt"], tmp_path / output)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_blank_nodes_of_two_files_are_different(tmp_path: Path) -> None:
    for name in ("one.nt", "two.nt"):
        (tmp_path / name).write_text("_:x <http://a/p> <http://a/o> .\n", encoding="utf-8")
    (tmp_path / "three.ttl").write_text("_:x <http://a/p> [] .\n", encoding="utf-8")
    graph = ingest([f"{tmp_path}/*.nt", tmp_path / "three.ttl"], tmp_path / "store")
    assert graph.entities["iri"].to_list() == ["_:f0_x", "http://a/o", "_:f1_x", "_:f2_b0", "_:f2_b1"]
    assert [source.name for source in graph.manifest.sources] == ["one.nt", "two.nt", "three.ttl"]
    assert graph.labels["text"].to_list() == ["o"]


def test_line_shaped_turtle_that_turns_into_turtle_is_read_again(read, statements, monkeypatch) -> None:
    monkeypatch.setattr("kgalign.kg.lines.blocks.__defaults__", (10_000,))
    lines = "".join(f'<http://a/{n}> <http://a/p> "v {n}" .\n' for n in range(5000))
    graph = read(lines + '@prefix a: <http://a/> . a:last a:p "v".\n', "x.ttl")
    assert graph.manifest.sources[0].format == "turtle"
    assert (graph.manifest.triples, graph.manifest.rejected) == (5001, 0)
    assert len(statements(graph)) == 5001
    assert graph.entities["iri"][5000] == "http://a/last"


def test_line_shaped_turtle_is_read_as_lines(read) -> None:
    manifest = read("# started 2016-10-12\n" + LINE * 10 + "broken\n", "x.ttl").manifest
    assert (manifest.sources[0].format, manifest.triples, manifest.rejected) == ("ntriples", 10, 1)


def test_a_megabyte_of_literal(read) -> None:
    for name, quote in (("x.nt", '"'), ("x.ttl", '"""')):
        text = "長い文 " * 400_000
        graph = read(f"<http://a/s> <http://a/p> {quote}{text}{quote} .\n", name)
        assert graph.attributes["value"].to_list() == [text]


def test_one_entity_and_no_labels(read) -> None:
    graph = read('<http://a/s> <http://a/p> "v" .\n')
    assert (graph.entity_count, graph.manifest.rows["triples"]) == (1, 0)
    assert graph.labels.rows() == [(0, "s", None, True, "iri")]


def test_the_same_file_twice_adds_nothing(read, tmp_path: Path) -> None:
    once = read(LINE)
    twice = ingest([tmp_path / "dump.nt"] * 2, tmp_path / "twice")
    assert twice.triples.equals(once.triples)
    assert twice.manifest.triples == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.nt", b"", r"x\.nt: the file is empty"),
        ("x.nt.gz", gzip.compress(b""), r"x\.nt\.gz: it holds no statements"),
        (
            "x.nt.gz",
            gzip.compress(LINE.encode() * 9000)[:-50],
            r"x\.nt\.gz: the compressed file is truncated",
        ),
        (
            "x.ttl.gz",
            gzip.compress(b"@prefix a: <http://a/> .\n" + b"a:s a:p a:o .\n" * 99999)[:-9],
            "is truncated",
        ),
        ("x.csv", b"a,b\n1,2\n", r"x\.csv: the format can't be told .*--format"),
        ("x.nt", b"<!DOCTYPE html><html></html>", "is an HTML page"),
        ("x.nt", b"one\ntwo\n", "none of its 2 lines is a statement"),
    ],
)
def test_bad_inputs_end_in_one_sentence_and_leave_nothing(
    name: str, content: bytes, message: str, read, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(content, name)
    assert caught.value.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.nt: there is no such file"):
        ingest([tmp_path / "none.nt"], tmp_path / "store")


def test_on_error_and_max_errors(read) -> None:
    content = LINE + "bad\n" + LINE + "worse\n"
    with pytest.raises(InputError, match=r"^dump\.nt:2: .*--on-error skip"):
        read(content, on_error="abort")
    with pytest.raises(InputError, match=r"^dump\.nt:4: more than 1 lines rejected"):
        read(content, max_errors=1)
    assert read(content, max_errors=2).manifest.rejected == 2


def test_a_file_in_the_place_of_the_output(read, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="is a file"):
        read(LINE)
    assert (tmp_path / "store").read_text(encoding="utf-8") == "mine"


def test_a_file_where_a_folder_is_needed(read, tmp_path: Path) -> None:
    (tmp_path / "x.nt").write_text(LINE, encoding="utf-8")
    with pytest.raises(OutputError, match="choose another place with -o"):
        ingest([tmp_path / "x.nt"], tmp_path / "x.nt" / "store")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_output(read, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    (tmp_path / "x.nt").write_text(LINE, encoding="utf-8")
    with pytest.raises(OutputError, match="not writable"):
        ingest([tmp_path / "x.nt"], tmp_path / "closed" / "store")


@pytest.mark.parametrize("place", ["rejected.tsv", "000000.arrow", "entities.parquet", "attributes.parquet"])
def test_a_full_disk_leaves_nothing(
    place: str, read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(f"No space left on device (os error {errno.ENOSPC}): {place}")  # as Polars words it

    target = {
        "rejected.tsv": "kgalign.kg.rejected.RejectedLog.add",
        "000000.arrow": "polars.DataFrame.write_ipc",
        "entities.parquet": "polars.DataFrame.write_parquet",
        "attributes.parquet": "polars.LazyFrame.sink_parquet",
    }[place]
    monkeypatch.setattr(target, full)
    with pytest.raises(OutputError, match="the disk is full; free some space"):
        read(LINE + '<http://a/s> <http://a/p> "v" .\nbad\n')
    assert [path.name for path in tmp_path.iterdir()] == ["dump.nt"]


_LIMITED = """
import resource, sys
from kgalign.errors import OutputError
from kgalign.kg import ingest
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    ingest([sys.argv[1]], sys.argv[2])
except OutputError as error:
    print(error)
"""


@pytest.mark.parametrize("limit", [10, 4000, 60_000])
def test_a_file_size_limit_leaves_nothing(limit: int, tmp_path: Path) -> None:
    lines = (
        f'<http://a/{n}> <http://a/p> "{hashlib.sha256(str(n).encode()).hexdigest()}" .\n'
        for n in range(3000)
    )
    (tmp_path / "x.nt").write_text("".join(lines), encoding="utf-8")
    command = [sys.executable, "-c", _LIMITED, tmp_path / "x.nt", tmp_path / "store", str(limit)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "can't be written (File too large)" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["x.nt"]


def test_an_interruption_leaves_nothing(read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    for place in ("kgalign.kg.statements.Statements.flush", "kgalign.kg.assembly.names_from_iris"):
        with monkeypatch.context() as patch:
            patch.setattr(place, interrupt)
            with pytest.raises(KeyboardInterrupt):
                read(LINE)
        assert [path.name for path in tmp_path.iterdir()] == ["dump.nt"]


def test_an_interrupted_second_run_keeps_the_first(
    read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read(LINE)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kgalign.kg.assembly.Assembly.write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read(LINE * 2)
    assert KnowledgeGraph.open(first.folder).manifest == first.manifest


def test_torch_is_not_imported() -> None:
    code = "import sys, kgalign.kg; print([name for name in ('torch', 'rdflib') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_empty_manifest_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({}), encoding="utf-8")
    with pytest.raises(InputError):
        KnowledgeGraph.open(tmp_path)


def test_options_default(tmp_path: Path) -> None:
    (tmp_path / "x.nt").write_text(LINE, encoding="utf-8")
    assert ingest([tmp_path / "x.nt"], tmp_path / "a").manifest == ingest(
        [tmp_path / "x.nt"], tmp_path / "b", IngestOptions()
    ).manifest  # fmt: skip
