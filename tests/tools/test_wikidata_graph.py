from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from wikidata_graph import PROPERTY, RELATION_LABELS, relation_label_statements, wikidata_graph

from kgalign.kg import IRI_ORIGIN, KnowledgeGraph

RDFS_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
LANGUAGES = {
    "en",
    "zh",
    "fr",
    "el",
    "nl",
    "ru",
    "ko",
    "es",
    "mr",
    "vi",
    "he",
    "tr",
    "yo",
    "ja",
    "hu",
    "bn",
    "war",
    "tl",
    "sw",
    "mg",
    "pa",
    "ilo",
    "ceb",
}


@pytest.fixture(scope="module")
def folder(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wikidata") / "store"
    wikidata_graph(place, shared_data)
    return place


@pytest.fixture(scope="module")
def graph(folder: Path) -> KnowledgeGraph:
    return KnowledgeGraph.open(folder)


def test_names_are_in_all_languages_with_the_label_preferred(graph: KnowledgeGraph) -> None:
    labels = graph.labels.filter(pl.col("origin") != IRI_ORIGIN)
    assert set(labels["language"]) == LANGUAGES
    assert labels.filter("preferred")["origin"].unique().to_list() == [RDFS_LABEL]
    named = labels.filter(pl.col("origin") == RDFS_LABEL)
    assert named["preferred"].all()
    assert not named.select("entity", "language").is_duplicated().any()


def test_relations_are_named_and_no_property_is_an_entity(graph: KnowledgeGraph) -> None:
    named = graph.relation_labels.join(graph.relations, left_on="relation", right_on="id")
    assert graph.relation_count == 46
    assert named.filter(pl.col("language") == "en", "preferred").height == 46
    birth = named.filter(pl.col("iri") == PROPERTY + "P19", "preferred")
    texts = dict(birth.select("language", "text").iter_rows())
    assert (texts["en"], texts["de"], texts["zh"]) == ("place of birth", "Geburtsort", "出生地")
    assert not graph.entities["iri"].str.starts_with(PROPERTY).any()


def test_a_store_of_the_same_files_is_used_again(folder: Path, shared_data: Path) -> None:
    written = (folder / "manifest.json").stat().st_mtime_ns
    assert wikidata_graph(folder, shared_data).manifest.sources[-1].name == RELATION_LABELS
    assert (folder / "manifest.json").stat().st_mtime_ns == written
    assert relation_label_statements(shared_data) == relation_label_statements(shared_data)
