"""Each mistake gets one clear line, exit code 2 (130 for Ctrl-C), and no half-written output."""

from __future__ import annotations

import gzip
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"


def told(result, *words: str, code: int = 2) -> None:
    """One line on standard error, with these words; nothing on standard output."""
    assert result.code == code, result.err
    assert result.out == ""
    lines = [line for line in result.err.splitlines() if line.strip()]
    assert len(lines) == 1, result.err
    assert lines[0].startswith("kgalign: ")
    assert "Traceback" not in result.err
    for word in words:
        assert word in lines[0], result.err


def nothing_left(output: Path) -> None:
    """No output, and no scratch file beside it."""
    assert not output.exists()
    assert not [path for path in output.parent.iterdir() if path.name.endswith(".partial")]


def write_nothing(path: Path) -> Path:
    return path


def write_empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def write_html(path: Path) -> Path:
    path.write_text("<!DOCTYPE html>\n<html><head><title>404</title></head><body>gone</body></html>\n")
    return path


def write_truncated(path: Path) -> Path:
    whole = gzip.compress(b"<http://a/x> <http://a/p> <http://a/y> .\n" * 5000, mtime=0)
    place = path.with_suffix(".nt.gz")
    place.write_bytes(whole[: len(whole) // 2])
    return place


def write_unknown(path: Path) -> Path:
    place = path.with_suffix(".docx")
    place.write_bytes(b"Dear all, these are the minutes of our meeting.\n")
    return place


def make_folder(path: Path) -> Path:
    place = path.with_suffix("")
    place.mkdir()
    (place / "readme.txt").write_text("no store")
    return place


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (write_nothing, ["bad.nt"]),
        (write_empty, ["bad.nt", "empty"]),
        (write_html, ["bad.nt", "HTML"]),
        (write_truncated, ["bad.nt.gz", "truncated"]),
        (write_unknown, ["bad.docx", "--format"]),
        (make_folder, ["bad", "store", "ingest"]),
    ],
)
@pytest.mark.parametrize("place", ["first", "second"])
def test_a_bad_graph(
    bad: Callable[[Path], Path], words: list[str], place: str, command, dumps, tmp_path: Path
) -> None:
    path = bad(tmp_path / "bad.nt")
    graphs = (path, dumps[1]) if place == "first" else (dumps[0], path)
    output = tmp_path / "run"
    told(command("align", *graphs, "-o", output), *words)
    nothing_left(output)
    if bad is not make_folder:
        store = tmp_path / "store"
        told(command("ingest", path, "-o", store), *[word for word in words if word != "ingest"])
        nothing_left(store)


def test_invalid_utf8_is_rejected_with_its_line_and_the_rest_is_read(command, dumps, tmp_path: Path) -> None:
    path = tmp_path / "latin.nt"
    good = dumps[0].read_bytes()
    path.write_bytes(good + b'<http://one/9> <http://one/p> "caf\xe9" .\n')
    result = command("ingest", path, "-o", tmp_path / "store", "--json")
    assert result.code == 0
    assert '"rejected": 1' in result.out
    assert f"{path}:9" in result.err or "latin.nt:9" in result.err
    assert (tmp_path / "store" / "rejected.tsv").read_text().count("\n") == 2
    told(command("ingest", path, "-o", tmp_path / "none", "--on-error", "abort"), "latin.nt:9")
    nothing_left(tmp_path / "none")


def test_a_literal_of_a_megabyte_is_read_whole(command, dumps, tmp_path: Path) -> None:
    path = tmp_path / "long.nt"
    path.write_text(dumps[0].read_text() + f'<http://one/0> <http://one/note> "{"x" * 1_000_000}" .\n')
    result = command("align", path, dumps[1], "-o", tmp_path / "run", "--encoder", "characters")
    assert result.code == 0, result.err
    links = (tmp_path / "run" / "links.nt").read_text()
    assert all(f"<http://one/{number}> " in links for number in range(3))


def test_the_same_graph_twice(command, dumps, tmp_path: Path) -> None:
    copy = tmp_path / "copy.nt"
    copy.write_bytes(dumps[0].read_bytes())
    told(command("align", dumps[0], copy, "-o", tmp_path / "run"), "same graph")
    nothing_left(tmp_path / "run")


def test_a_graph_without_labels_says_so_and_aligns_by_the_rest(command, tmp_path: Path) -> None:
    paths = []
    for graph in ("a", "b"):
        path = tmp_path / f"{graph}.nt"
        path.write_text(
            "".join(
                f'<http://{graph}/{number}> <http://{graph}/code> "code-{number}-x" .\n'
                f"<http://{graph}/{number}> <http://{graph}/next> <http://{graph}/{(number + 1) % 30}> .\n"
                for number in range(30)
            )
        )
        paths.append(path)
    result = command("align", *paths, "-o", tmp_path / "run")
    assert result.code == 0, result.err
    assert "has no labels" in result.err
    links = (tmp_path / "run" / "links.nt").read_text().splitlines()
    assert len(links) == 30
    assert all(line.split("/")[3].split(">")[0] == line.split("/")[-1].split(">")[0] for line in links)


def test_a_graph_with_one_entity(command, dumps, tmp_path: Path) -> None:
    path = tmp_path / "single.nt"
    path.write_text(f'<http://s/1> {LABEL} "Ada Lovelace" .\n')
    result = command("align", path, dumps[1], "-o", tmp_path / "run", "--encoder", "characters")
    assert result.code == 0, result.err
    assert "only one entity" in result.err
    assert (tmp_path / "run" / "summary.json").is_file()


def test_seeds_naming_unknown_entities(command, dumps, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.tsv"
    seeds.write_text("http://one/0\thttp://two/77\nhttp://nowhere/1\thttp://two/1\n")
    told(command("align", *dumps, "-o", tmp_path / "run", "--seeds", seeds), "seeds.tsv:1", "http://two/77")
    nothing_left(tmp_path / "run")
    seeds.write_text("http://one/0\thttp://two/0\nhttp://nowhere/1\thttp://two/1\n")
    result = command("align", *dumps, "-o", tmp_path / "run", "--seeds", seeds, "--encoder", "characters")
    assert result.code == 0
    assert "seeds.tsv:2: 1 seed links name unknown entities" in result.err


def test_a_reference_of_other_graphs(command, dumps, tmp_path: Path) -> None:
    reference = tmp_path / "reference.tsv"
    reference.write_text("http://x/1\thttp://y/1\n")
    told(
        command("align", *dumps, "-o", tmp_path / "run", "--reference", reference, "--encoder", "characters"),
        "reference.tsv:1",
    )
    nothing_left(tmp_path / "run")


def test_an_output_that_is_a_file(command, dumps, tmp_path: Path) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text("mine")
    for arguments in (("align", *dumps), ("ingest", dumps[0])):
        told(command(*arguments, "-o", occupied), "occupied", "-o")
    assert occupied.read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_output(command, dumps, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    for arguments in (("align", *dumps), ("ingest", dumps[0])):
        told(command(*arguments, "-o", locked / "run"), "not writable", "-o")
    assert list(locked.iterdir()) == []


def test_an_output_on_a_place_that_takes_no_files(command, dumps) -> None:
    for arguments in (("align", *dumps), ("ingest", dumps[0])):
        told(command(*arguments, "-o", "/proc/kgalign-run"), "/proc/kgalign-run", "-o")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[align]\nthreshhold = 0.5\n", ["align.threshhold", "unknown key"]),
        ("[align]\nthreshold = 2.0\n", ["align.threshold"]),
        ("threshold = 0.5\n", ["threshold", "[align]"]),
        ("[align\n", ["TOML"]),
    ],
)
def test_a_bad_configuration(text: str, words: list[str], command, dumps, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(text)
    told(command("align", *dumps, "-o", tmp_path / "run", "--config", config), "config.toml", *words)
    nothing_left(tmp_path / "run")


def test_usage_errors(command, dumps, tmp_path: Path) -> None:
    told(command("align", dumps[0]), "two graphs", "--help")
    told(command("align", *dumps, "--nonsense"), "--nonsense")
    told(command("nonsense"), "nonsense")
    told(command("align", *dumps, "-o", tmp_path / "run", "--signals", "smell"), "signals")
    told(command("align", *dumps, "-o", tmp_path / "run", "--encoder", "no-such-model"), "no-such-model")
    nothing_left(tmp_path / "run")


def big_dump(path: Path, statements: int = 400_000) -> Path:
    path.write_text(
        "".join(f'<http://b/{number}> {LABEL} "entity number {number}" .\n' for number in range(statements))
    )
    return path


def start(*arguments: object, **options: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "kgalign", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        **options,
    )


def test_control_c_in_the_middle(tmp_path: Path) -> None:
    dump, output = big_dump(tmp_path / "big.nt"), tmp_path / "store"
    process = start("ingest", dump, "-o", output)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list(tmp_path.glob(".store.*.partial")):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    assert err.strip().startswith("kgalign: interrupted")
    assert err.strip().count("\n") == 0
    nothing_left(output)


def test_a_full_disk(tmp_path: Path) -> None:
    """A limit on file size stands in for a disk that takes no more."""
    dump, output = big_dump(tmp_path / "big.nt", 60_000), tmp_path / "store"

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    process = start("ingest", dump, "-o", output, preexec_fn=limit)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 2, err
    assert out == ""
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    nothing_left(output)
