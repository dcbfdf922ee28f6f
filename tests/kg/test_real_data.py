"""Public benchmark data, where it is at hand."""

from pathlib import Path

import pytest

from kgalign.kg import KnowledgeGraph, ingest

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def read_shared(path: str, output: Path) -> KnowledgeGraph:
    if not (DATA / path).is_file():
        pytest.skip(f"shared/data/{path} is not here")
    return ingest([DATA / path], output)


@pytest.mark.parametrize(
    ("path", "entities", "relations", "triples"),
    [
        ("dbp15k/zh_en/kg1.nt.gz", 19_388, 1_701, 70_414),
        ("dbp15k/zh_en/kg2.nt.gz", 19_572, 1_323, 95_142),
        ("srprs/fr_en/kg1.nt.gz", 15_000, None, 36_508),
    ],
)
def test_counts_are_those_of_the_benchmark(
    path: str, entities: int, relations: int | None, triples: int, tmp_path: Path
) -> None:
    graph = read_shared(path, tmp_path / "store")
    assert (graph.manifest.rejected, graph.manifest.repaired) == (0, 0)
    assert graph.entity_count == entities
    assert relations in (None, graph.relation_count)
    assert len(graph.triples) == triples


def test_every_entity_of_dbp15k_has_its_chinese_name(tmp_path: Path) -> None:
    labels = read_shared("dbp15k/zh_en/kg1.nt.gz", tmp_path / "store").labels
    assert labels["language"].unique().to_list() == ["zh"]
    assert labels["preferred"].sum() == 19_388


def test_persons_in_rdf_xml_and_turtle_are_the_same(tmp_path: Path, statements) -> None:
    xml = read_shared("oaei2010/person/person11.rdf", tmp_path / "xml")
    turtle = read_shared("oaei2010/person/person1.ttl", tmp_path / "turtle")
    assert xml.manifest.rows == turtle.manifest.rows
    assert xml.entity_count == 2004
    assert (xml.manifest.triples, len(xml.triples), len(xml.attributes)) == (9000, 3500, 5500)
    assert read_shared("oaei2010/person/person12.rdf", tmp_path / "other").manifest.rejected == 0


def test_many_files_make_one_graph(tmp_path: Path) -> None:
    read_shared("xfactr_nt/labels-el.nt.gz", tmp_path / "one")
    graph = ingest(
        [DATA / "xfactr_nt" / name for name in ("labels-el.nt.gz", "labels-ko.nt.gz")], tmp_path / "two"
    )
    assert set(graph.labels["language"].unique()) == {"el", "ko"}
    assert not graph.triples.height
