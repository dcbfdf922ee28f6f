"""The two sample graphs fused by their reference links: what neither of them can tell alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph
import pytest
import rdflib

from kgalign.kg import KnowledgeGraph

# Literacy and the Japanese name are CLDR's, capital and French name the gazetteer's.
QUESTION = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX def: <http://gazetteer.example/def/>
SELECT DISTINCT ?japanese ?french ?literacy ?capital WHERE {
  ?country <https://sekai.example/語彙/識字率> ?literacy ; rdfs:label ?japanese ;
           skos:prefLabel ?french ; def:capital/skos:prefLabel ?capital .
  FILTER(lang(?japanese) = "ja" && lang(?french) = "fr" && ?literacy < 30)
} ORDER BY ?literacy ?capital
"""
ANSWER = [
    ("南スーダン", "Soudan du Sud", "27", "Juba"),
    ("アフガニスタン", "Afghanistan", "28.1", "Kabul"),
    ("ニジェール", "Niger", "28.7", "Niamey"),
    ("ブルキナファソ", "Burkina Faso", "28.7", "Ouagadougou"),
]


@pytest.fixture(scope="module")
def fused(tmp_path_factory: pytest.TempPathFactory, graph_data: Path) -> tuple[Path, dict[str, object]]:
    """The folder of the fused sample graphs, and what the command told."""
    root = graph_data.parent
    folder = tmp_path_factory.mktemp("world")
    command = [sys.executable, "-m", "kgalign", "fuse"]
    command += [str(graph_data / "world_ja_ru_ar.nt.gz"), str(graph_data / "world_en_fr_hi.ttl")]
    command += ["--links", str(graph_data / "reference.tsv"), "-o", str(folder / "fused"), "--json"]
    environment = {**os.environ, "PYTHONPATH": str(root), "KGALIGN_CACHE": str(folder / "cache")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "fused", json.loads(done.stdout)


def test_counts_are_told(fused: tuple[Path, dict[str, object]]) -> None:
    _, told = fused
    assert told["clusters"] == 1305
    assert told["entities"] == 2 * 1905 - 1305
    assert told["links_cut"] == 0
    assert told["languages"].keys() == {"ja", "ru", "ar", "en", "fr", "hi"}  # type: ignore[attr-defined]
    assert told["statements"] > 15_000  # type: ignore[operator]
    assert told["statements_of_several"] > 2_500  # type: ignore[operator]
    kinds = told["conflict_kinds"]
    assert kinds["different number"] > 200  # type: ignore[index]  # populations of different years
    assert told["relations_merged"] == 12


def test_a_question_that_only_both_graphs_together_answer(fused: tuple[Path, dict[str, object]]) -> None:
    store = pyoxigraph.Store()
    store.load(path=str(fused[0] / "fused.nq"))
    found = store.query(QUESTION, use_default_graph_as_union=True)
    assert [tuple(term.value for term in row) for row in found] == ANSWER  # type: ignore[union-attr]
    for name in ("world_ja_ru_ar", "world_en_fr_hi"):
        alone = pyoxigraph.NamedNode(f"urn:kgalign:graph/{name}")
        assert len(list(store.query(QUESTION, default_graph=alone))) == 0  # type: ignore[arg-type]


def test_rdflib_reads_it_and_answers_alike(fused: tuple[Path, dict[str, object]]) -> None:
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(fused[0] / "fused.nq", format="nquads")
    assert [tuple(str(term) for term in row) for row in dataset.query(QUESTION)] == ANSWER  # type: ignore[union-attr]


def test_info_reads_the_store(fused: tuple[Path, dict[str, object]]) -> None:
    store = KnowledgeGraph.open(fused[0] / "store")
    assert store.entity_count == fused[1]["entities"]
    assert [source.name for source in store.manifest.sources] == [
        "world_ja_ru_ar.nt.gz",
        "world_en_fr_hi.ttl",
    ]
    assert store.labels.filter(store.labels["origin"] == "iri").height < 10
