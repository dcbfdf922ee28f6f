from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from kgalign.align import AlignOptions, align, align_many, read_earlier, write_run
from kgalign.align.aligner import Alignment
from kgalign.errors import InputError
from kgalign.kg import IngestOptions, KnowledgeGraph, ingest

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
OPTIONS = AlignOptions(encoder="characters", threshold=0.0, precision=0.0, uncertain=0.0)
FAMILIES = [
    *("Alvarez", "Brandt", "Castel", "Dorner", "Eriksen", "Falk"),
    *("Grimaldi", "Hansen", "Ibarra", "Jansen", "Keller", "Lindt"),
]
NAMES = [
    "Ada",
    "Bruno",
    "Clara",
    "David",
    "Elena",
    "Franz",
    "Greta",
    "Hugo",
    "Irene",
    "Jonas",
    "Katja",
    "Leo",
    "Marta",
    "Nils",
]


def people(graph: str, count: int) -> str:
    lines = []
    for number in range(count):
        name = f"{NAMES[number % len(NAMES)]} {FAMILIES[number // len(NAMES) % len(FAMILIES)]}"
        lines.append(f'<http://{graph}/{number}> {LABEL} "{name}" .')
        lines.append(
            f"<http://{graph}/{number}> <http://{graph}/knows> <http://{graph}/{number * 7 % count}> ."
        )
    return "\n".join(lines) + "\n"


def graph(folder: Path, name: str, count: int) -> KnowledgeGraph:
    dump = folder / f"{name}{count}.nt"
    dump.write_text(people(name, count), "utf-8")
    return ingest([dump], folder / f"{name}{count}", IngestOptions())


def run_folder(folder: Path, graphs: tuple[KnowledgeGraph, ...], names: tuple[str, ...]) -> Path:
    write_run(align_many(graphs, names, OPTIONS), folder, {}, {})
    return folder


def links(found: Alignment) -> set[tuple[str, str]]:
    return set(found.links.table.select("source", "target").rows())


def test_new_entities_are_found_and_the_old_links_stay(tmp_path: Path) -> None:
    before = (graph(tmp_path, "a", 100), graph(tmp_path, "b", 100))
    run = run_folder(tmp_path / "run", before, ("a", "b"))
    now = (graph(tmp_path, "a", 120), graph(tmp_path, "b", 120))
    earlier = read_earlier(run, now)[0, 1]
    assert earlier.fresh[0].sum() == 20
    warm = links(align(*now, OPTIONS, earlier=earlier))
    cold = links(align(*now, OPTIONS))
    expected = {(f"http://a/{number}", f"http://b/{number}") for number in range(120)}
    assert len(warm & expected) >= len(cold & expected) - 2
    fresh = {pair for pair in expected if int(pair[0].rsplit("/")[-1]) >= 100}
    assert len(warm & fresh) >= 18


def test_an_unchanged_graph_keeps_its_links(tmp_path: Path) -> None:
    graphs = (graph(tmp_path, "a", 100), graph(tmp_path, "b", 100))
    run = run_folder(tmp_path / "run", graphs, ("a", "b"))
    earlier = read_earlier(run, graphs)[0, 1]
    before = set(pl.read_parquet(run / "links.parquet").select("source", "target").rows())
    after = links(align(*graphs, OPTIONS, earlier=earlier))
    assert len(before & after) >= 0.98 * len(before)
    assert np.all(earlier.weight <= 1)


def test_what_encoder_a_run_trained_is_known(tmp_path: Path) -> None:
    graphs = (graph(tmp_path, "a", 30), graph(tmp_path, "b", 30))
    run = run_folder(tmp_path / "run", graphs, ("a", "b"))
    assert read_earlier(run, graphs)[0, 1].adapted_encoder is None
    told = [{"source_graph": "a", "target_graph": "b", "adapted_encoder": "abc123"}]
    (run / "summary.json").write_text(json.dumps({"pairs": told}), "utf-8")
    assert read_earlier(run, graphs)[0, 1].adapted_encoder == "abc123"


def test_a_run_of_other_graphs_is_refused(tmp_path: Path) -> None:
    a, b, c = (graph(tmp_path, name, 30) for name in "abc")
    run = run_folder(tmp_path / "run", (a, b), ("a", "b"))
    with pytest.raises(InputError, match="run of other graphs"):
        read_earlier(run, (a, b, c))
    with pytest.raises(InputError, match="none of its"):
        read_earlier(run, (c, c))


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not the folder of a run"):
        read_earlier(tmp_path, (graph(tmp_path, "a", 5), graph(tmp_path, "b", 5)))


def test_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kgalign.cli.align import align as command

    monkeypatch.setenv("KGALIGN_CACHE", str(tmp_path / "cache"))
    dumps = []
    for name in "ab":
        dumps.append(tmp_path / f"{name}.nt")
        dumps[-1].write_text(people(name, 60), "utf-8")
    arguments = [*map(str, dumps), "--encoder", "characters", "--json", "-o", str(tmp_path / "run")]
    first = CliRunner().invoke(command, arguments)
    assert first.exit_code == 0, first.output
    again = CliRunner().invoke(
        command, [*arguments[:-1], str(tmp_path / "two"), "--warm-start", str(tmp_path / "run")]
    )
    assert again.exit_code == 0, again.output
    told = [json.loads(result.stdout) for result in (first, again)]
    assert abs(told[0]["links"] - told[1]["links"]) <= 1
