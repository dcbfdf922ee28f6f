from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import polars as pl
import pytest

from kgalign.align import AlignOptions
from kgalign.cli.options import Configuration
from kgalign.kg import LABEL_PROPERTIES, KnowledgeGraph

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def test_json_is_the_only_thing_on_standard_output(command, dumps, tmp_path: Path) -> None:
    reference = tmp_path / "reference.tsv"
    reference.write_text("".join(f"http://one/{n}\thttp://two/{n}\n" for n in range(3)))
    result = command(
        "align", *dumps, "-o", tmp_path / "run", "--encoder", "characters", "--reference", reference, "--json"
    )
    assert result.code == 0, result.err
    told = json.loads(result.out)
    assert told["command"] == "align"
    assert {
        "precision",
        "recall",
        "f1",
        "hits@1",
        "hits@10",
        "mrr",
        "seconds",
        "peak_memory_bytes",
    } <= told.keys()
    assert told["hits@1"] == told["reference_targets"]["hits@1"] == 1.0
    assert told["all_targets"].keys() == told["reference_targets"].keys()
    assert [graph["entities"] for graph in told["graphs"]] == [4, 4]
    assert [stage["name"] for stage in told["stages"]] == [
        "ingest", "neighbourhoods", "encode", "match", "link", "evaluate", "write",
    ]  # fmt: skip
    assert all(stage["seconds"] >= 0 and stage["peak_bytes"] > 0 for stage in told["stages"])
    assert all(Path(path).is_file() for path in told["outputs"].values())
    links = pl.read_parquet(told["outputs"]["links"])
    assert links.filter(pl.col("status") == "accepted").height == told["links"]
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary.items() <= told.items()


def test_a_person_is_told_the_figures_and_the_paths(command, dumps, tmp_path: Path) -> None:
    result = command("align", *dumps, "-o", tmp_path / "run", "--encoder", "characters")
    assert result.code == 0
    assert "accepted" in result.out
    assert str(tmp_path / "run" / "links.parquet") in result.out


def test_the_same_command_twice_gives_the_same_bytes(command, dumps, tmp_path: Path) -> None:
    for run in ("first", "second"):
        assert command("align", *dumps, "-o", tmp_path / run, "--encoder", "characters").code == 0
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "second").iterdir())
    assert len(names) == 8
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name


def test_a_run_folder_may_be_used_again_and_keeps_foreign_files(command, dumps, tmp_path: Path) -> None:
    output = tmp_path / "run"
    output.mkdir()
    (output / "notes.txt").write_text("mine")
    for _ in range(2):
        assert command("align", *dumps, "-o", output, "--encoder", "characters").code == 0
    assert (output / "notes.txt").read_text() == "mine"


def test_stores_align_like_their_dumps(command, dumps, tmp_path: Path) -> None:
    stores = []
    for dump in dumps:
        store = tmp_path / f"{dump.stem}-store"
        assert command("ingest", dump, "-o", store).code == 0
        stores.append(store)
    for run, graphs in (("dumps", dumps), ("stores", stores)):
        assert command("align", *graphs, "-o", tmp_path / run, "--encoder", "characters").code == 0
    assert (tmp_path / "dumps" / "links.nt").read_bytes() == (tmp_path / "stores" / "links.nt").read_bytes()


def test_seeds_and_owl_same_as_decide(command, dumps, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.tsv"
    seeds.write_text("http://one/3\thttp://two/0\n")
    assert (
        command("align", *dumps, "-o", tmp_path / "run", "--encoder", "characters", "--seeds", seeds).code
        == 0
    )
    links = pl.read_parquet(tmp_path / "run" / "links.parquet")
    seeded = links.filter(pl.col("method") == "seed").select("source", "target", "probability").rows()
    assert seeded == [("http://one/3", "http://two/0", 1.0)]
    with dumps[0].open("a") as stream:
        stream.write("<http://two/0> <http://www.w3.org/2002/07/owl#sameAs> <http://one/3> .\n")
    assert (
        command("align", *dumps, "-o", tmp_path / "same", "--encoder", "characters", "--use-sameas").code == 0
    )
    links = pl.read_parquet(tmp_path / "same" / "links.parquet")
    assert links.filter(pl.col("method") == "seed").select("source", "target").rows() == [
        ("http://one/3", "http://two/0")
    ]


def test_extra_labels_join_what_names_alone_do_not(command, dumps, tmp_path: Path) -> None:
    text = (
        dumps[0]
        .read_text()
        .replace("Marie Curie", "Мария")
        .replace("Ada Lovelace", "Ада")
        .replace("Alan Turing", "Алан")
    )
    dumps[0].write_text(text)
    labels = tmp_path / "translations.tsv"
    labels.write_text(
        "http://one/0\tMarie Curie\ten\nhttp://one/1\tAda Lovelace\nhttp://one/2\tAlan Turing\n"
    )
    arguments = ("align", *dumps, "-o", tmp_path / "run", "--encoder", "characters", "--labels", labels)
    assert command(*arguments).code == 0
    best = (
        pl.read_parquet(tmp_path / "run" / "candidates.parquet")
        .group_by("source", maintain_order=True)
        .head(1)
    )
    found = dict(best.select("source", "target").rows())
    assert {source: found[source] for source in ("http://one/0", "http://one/1", "http://one/2")} == {
        f"http://one/{n}": f"http://two/{n}" for n in range(3)
    }


def test_ingest_counts(command, tmp_path: Path) -> None:
    dump = tmp_path / "dump.nt"
    dump.write_text(
        '<http://a/1> <http://a/p> <http://a/2> .\n<http://a/1> <http://a/q> "v" .\nnonsense\n'
        '<http://a/1> <http://www.w3.org/2000/01/rdf-schema#label> "one"@en .\n'
    )
    result = command("ingest", dump, "-o", tmp_path / "store", "--json")
    told = json.loads(result.out)
    assert (told["triples"], told["repaired"], told["rejected"], told["entities"]) == (3, 0, 1, 2)
    assert "dump.nt:3" in result.err
    assert KnowledgeGraph.open(tmp_path / "store").entity_count == 2
    result = command("info", tmp_path / "store", "--json")
    assert json.loads(result.out)["languages"] == {"en": 1}
    assert "2 entities" in command("info", dump).out


def test_evaluate_scores_a_run_or_a_file(command, dumps, tmp_path: Path) -> None:
    assert command("align", *dumps, "-o", tmp_path / "run", "--encoder", "characters").code == 0
    reference = tmp_path / "reference.tsv"
    reference.write_text("".join(f"http://one/{n}\thttp://two/{n}\n" for n in range(3)))
    for links in (tmp_path / "run", tmp_path / "run" / "links.parquet", tmp_path / "run" / "links.sssom.tsv"):
        told = json.loads(command("evaluate", links, reference, "--json").out)
        assert (told["recall"], told["expected"]) == (1.0, 3)


def test_the_shipped_configurations_are_valid_and_the_defaults_are_the_defaults() -> None:
    for path in CONFIGS.glob("*.toml"):
        Configuration.model_validate(tomllib.loads(path.read_text()))
    written = tomllib.loads((CONFIGS / "default.toml").read_text())
    assert AlignOptions.model_validate(written["align"]) == AlignOptions()
    assert set(written["align"]) == set(AlignOptions.model_fields)
    assert tuple(written["ingest"]["label_properties"]) == LABEL_PROPERTIES


def test_flags_override_the_configuration(command, dumps, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[align]\nencoder = "characters"\nthreshold = 0.9\nrounds = 2\n')
    arguments = ("align", *dumps, "-o", tmp_path / "run", "--config", config, "--rounds", "1")
    assert command(*arguments).code == 0
    written = tomllib.loads((tmp_path / "run" / "config.toml").read_text())
    assert (written["align"]["threshold"], written["align"]["rounds"]) == (0.9, 1)
    assert Configuration.model_validate(written).align.encoder == "characters"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["align", "--help"], ["models", "list"]])
def test_help_is_there(arguments: list[str], command) -> None:
    result = command(*arguments)
    assert result.code == 0
    assert result.out


def test_reading_a_dump_does_not_load_torch(tmp_path: Path) -> None:
    code = "import sys, kgalign.cli.graphs, kgalign.cli.align; sys.exit('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(CONFIGS.parent)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


def test_what_was_kept_can_be_cleared(
    command, dumps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGALIGN_CACHE", str(tmp_path / "cache"))
    assert command("info", dumps[0]).code == 0
    assert list((tmp_path / "cache" / "graphs").iterdir())
    assert "freed" in command("models", "clear").out
    assert not (tmp_path / "cache" / "graphs").exists()
