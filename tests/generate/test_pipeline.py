"""From two dumps in six languages to verified texts in four, no link and no translation given."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyoxigraph
import pytest

from kgalign.generate import Description
from kgalign.kg import IngestOptions, KnowledgeGraph, ingest

LANGUAGES = ("ru", "hi", "ar", "ja")
SCRIPTS = {"ru": "CYRILLIC", "hi": "DEVANAGARI", "ar": "ARABIC", "ja": "KATAKANA"}
DESCRIPTION = "http://schema.org/description"
COUNTRY = "http://gazetteer.example/def/Country"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
GRAPHS = ("world_ja_ru_ar.nt.gz", "world_en_fr_hi.ttl")
TERMS = (
    ("https://sekai.example/語彙/国・地域", "https://sekai.example/語彙/人口"),
    (COUNTRY, "http://gazetteer.example/def/population"),
)
QUESTION = f"""
SELECT ?entity (COUNT(DISTINCT lang(?text)) AS ?languages)
WHERE {{ GRAPH ?graph {{ ?entity <{DESCRIPTION}> ?text }} }}
GROUP BY ?entity
"""


@dataclass(frozen=True)
class Ran:
    """A finished ``kgalign describe``."""

    folder: Path
    told: dict[str, Any]
    again: Callable[[], str]

    def texts(self, language: str) -> list[Description]:
        lines = (self.folder / "descriptions" / language / "descriptions.jsonl").read_text("utf-8")
        return [Description.model_validate_json(line) for line in lines.splitlines()]


def countries_of(dump: Path, kind: str, population: str, place: Path) -> None:
    """The larger countries of a sample graph with all that is said of them, and names of what it mentions."""
    packed = dump.suffix == ".gz"
    data = gzip.decompress(dump.read_bytes()) if packed else dump.read_bytes()
    form = pyoxigraph.RdfFormat.N_TRIPLES if packed else pyoxigraph.RdfFormat.TURTLE
    triples = [quad.triple for quad in pyoxigraph.parse(data, format=form)]
    is_type, named = pyoxigraph.NamedNode(TYPE), pyoxigraph.NamedNode(kind)
    countries = {each.subject for each in triples if each.predicate == is_type and each.object == named}
    countries &= {
        each.subject
        for each in triples
        if each.predicate.value == population and float(each.object.value) > 10_000_000
    }
    mentioned = {each.object for each in triples if each.subject in countries} | {named}
    kept = [
        each
        for each in triples
        if each.subject in countries
        or (
            each.subject in mentioned
            and (isinstance(each.object, pyoxigraph.Literal) or each.predicate == is_type)
        )
    ]
    pyoxigraph.serialize(kept, str(place), format=pyoxigraph.RdfFormat.N_TRIPLES)


def described(graphs: list[Path], kind: str, folder: Path, *options: str) -> Ran:
    command = [sys.executable, "-m", "kgalign", "describe", *map(str, graphs), "--type", kind, "--json"]
    command += options
    command += [part for language in LANGUAGES for part in ("--language", language)]
    command += ["-o", str(folder / "out")]
    root = Path(__file__).resolve().parents[2]
    # A proxy that nobody listens at: whatever asked the network would fail.
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {
        **os.environ, **nowhere, "PYTHONPATH": str(root), "KGALIGN_CACHE": str(folder / "cache"),
    }  # fmt: skip

    def ran() -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done

    first = ran()
    assert "no generation model is used" in first.stderr
    return Ran(folder / "out", json.loads(first.stdout), lambda: ran().stderr)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, graph_data: Path) -> Ran:
    folder = tmp_path_factory.mktemp("countries")
    places = [folder / "a.nt", folder / "b.nt"]
    for name, terms, place in zip(GRAPHS, TERMS, places, strict=True):
        countries_of(graph_data / name, *terms, place)
    (folder / "options.toml").write_text('[align]\nencoder = "characters"\n', "utf-8")
    return described(places, COUNTRY, folder, "--config", str(folder / "options.toml"))


def check(ran: Ran, least: int) -> KnowledgeGraph:
    """All texts are verified, in their scripts, of both graphs; and the RDF holds them all."""
    for language in LANGUAGES:
        texts = [each for each in ran.texts(language) if each.text]
        counts = ran.told["languages"][language]
        assert len(texts) == counts["verified"] >= least
        assert counts["partly_verified"] == counts["not_verified"] == 0
        for each in texts:
            assert each.language == language and each.outcome == "verified"
            assert all(clause.verified and clause.facts for clause in each.clauses)
            assert all(verdict.status in ("supported", "not checkable") for verdict in each.verdicts)
        letters = Counter(
            unicodedata.name(sign, "").split()[0] for each in texts for sign in each.text if sign.isalpha()
        )
        assert letters[SCRIPTS[language]] > 0.3 * letters.total()
        told = {fact.relation for each in texts for fact in each.used}
        # Names from one graph, facts from both.
        assert any("gazetteer.example" in relation for relation in told)
    files = [ran.folder / "descriptions" / language / "descriptions.nq" for language in LANGUAGES]
    store = pyoxigraph.Store()
    for file in files:
        store.load(path=str(file), format=pyoxigraph.RdfFormat.N_QUADS)
    graphs = {each.value for each in store.named_graphs()}
    assert graphs == {f"urn:kgalign:graph/descriptions/{language}/verified" for language in LANGUAGES}
    whole = [row for row in store.query(QUESTION) if int(row["languages"].value) == len(LANGUAGES)]
    assert len(whole) >= least
    loaded = ingest([*files, ran.folder / "fused" / "fused.nq"], ran.folder / "described", IngestOptions())
    (relation,) = loaded.relations.filter(pl.col("iri") == DESCRIPTION)["id"]
    rows = loaded.attributes.filter(pl.col("attribute") == relation)
    assert dict(rows["language"].value_counts().iter_rows()) == {
        language: ran.told["languages"][language]["verified"] for language in LANGUAGES
    }
    return loaded


def test_two_graphs_are_described_in_four_languages(small: Ran) -> None:
    check(small, 80)
    # The area is stated by the graph without Russian names, which are the other's.
    assert "площадь — 92 391 км²" in text_of(small, "Португалия")


def text_of(ran: Ran, name: str) -> str:
    """The Russian text about *name*, its spaces plain."""
    (text,) = (each.text for each in ran.texts("ru") if each.text.startswith(f"{name} — "))
    return " ".join(text.split())


def test_what_is_done_is_not_done_again(small: Ran) -> None:
    def files() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in small.folder.rglob("*") if path.is_file()}

    before = files()
    told = small.again()
    assert "links is already there" in told and "fused is already there" in told
    assert "of the texts are already in" in told
    assert files() == before


@pytest.mark.full
def test_the_sample_graphs_are_described(tmp_path: Path, graph_data: Path) -> None:
    ran = described([graph_data / name for name in GRAPHS], COUNTRY, tmp_path)
    check(ran, 240)
    assert "столица — Лиссабон" in text_of(ran, "Португалия")
