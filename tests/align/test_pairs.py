from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kgalign.align.iris import encoded_iri
from kgalign.align.pairs import concatenated, distribute, one_per_entity, read_pairs, resolve
from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph

MakeGraph = Callable[[str, str], KnowledgeGraph]

OAEI = """<?xml version="1.0" encoding="utf-8"?>
<rdf:RDF xmlns="http://knowledgeweb.semanticweb.org/heterogeneity/alignment"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<Alignment><map><Cell>
  <entity1 rdf:resource="http://a/é"/><entity2 rdf:resource="http://b/1"/>
  <relation>=</relation><measure rdf:datatype="http://www.w3.org/2001/XMLSchema#float">1.0</measure>
</Cell></map></Alignment></rdf:RDF>
"""
SSSOM = """#curie_map:
#  A: http://a/
#  B: "http://b/"
#license: https://w3id.org/sssom/license/unspecified
subject_id\tpredicate_id\tobject_id\tmapping_justification
A:é\towl:sameAs\tB:1\tsemapv:ManualMappingCuration
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plain.tsv", "http://a/é\thttp://b/1\n"),
        ("header.tsv", "source\ttarget\tconfidence\r\nhttp://a/é\thttp://b/1\t0.9\r\n"),
        ("angle.txt", "<http://a/é>\t<http://b/1>\n\n"),
        ("commas.csv", 'source,target\n"http://a/é",http://b/1\n'),
        ("repeated.tsv", "http://a/é\thttp://b/1\nhttp://a/é\thttp://b/1\n"),
        ("same.nt", "<http://a/é> <http://www.w3.org/2002/07/owl#sameAs> <http://b/1> .\n"),
        ("exact.ttl", "<http://a/é> <http://www.w3.org/2004/02/skos/core#exactMatch> <http://b/1> ."),
        ("oaei.rdf", OAEI),
        ("mappings.sssom.tsv", SSSOM),
        ("tabbed.ttl", "@prefix A: <http://a/> .\n@prefix B: <http://b/> .\n\nA:é\tB:1\n"),
    ],
)
def test_every_form_gives_the_pair(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8", newline="")
    assert read_pairs(path).select("source", "target").rows() == [("http://a/é", "http://b/1")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"http://a/1\thttp://b/1\nhttp://a/2\n", ":2: a link needs a source and a target"),
        (b"http://a/1\thttp://b/1\n\xff\xfe\t1\n", ":2: not UTF-8"),
        (b"", "no link found"),
        (b"\n# nothing\n", "no link found"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "seeds.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        read_pairs(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"seeds\.tsv: there is no such file"):
        read_pairs(tmp_path / "seeds.tsv")


def test_pairs_find_their_entities(make_graph: MakeGraph, tmp_path: Path) -> None:
    first = make_graph("a", "<http://a/é> <http://a/p> <http://a/y> .\n")
    second = make_graph("b", "<http://b/1> <http://b/p> <http://b/2> .\n")
    path = tmp_path / "seeds.tsv"
    path.write_text("http://b/1\thttp://a/%C3%A9\nhttp://b/2\thttp://a/y\nhttp://b/2\thttp://a/nobody\n")
    found = resolve(read_pairs(path), first, second)
    assert (found.source.tolist(), found.target.tolist()) == ([0, 1], [0, 1])
    assert found.unknown == 1
    assert found.first_unknown == (3, "http://a/nobody")


def test_an_entity_is_seeded_once(make_graph: MakeGraph, tmp_path: Path) -> None:
    first = make_graph("a", "<http://a/x> <http://a/p> <http://a/y> .\n")
    second = make_graph("b", "<http://b/1> <http://b/p> <http://b/2> .\n")
    path = tmp_path / "seeds.tsv"
    path.write_text("http://a/x\thttp://b/1\nhttp://a/x\thttp://b/2\nhttp://a/y\thttp://b/1\n")
    source, target = one_per_entity(resolve(read_pairs(path), first, second))
    assert (source.tolist(), target.tolist()) == ([0], [0])


def test_iris_are_encoded_once() -> None:
    assert encoded_iri("http://zh.dbpedia.org/resource/新大阪站_(a)") == (
        "http://zh.dbpedia.org/resource/%E6%96%B0%E5%A4%A7%E9%98%AA%E7%AB%99_(a)"
    )
    assert encoded_iri("http://x/%C3%A9?a=b&c#d") == "http://x/%C3%A9?a=b&c#d"


def test_pairs_are_dealt_out_to_the_graphs_that_they_name(make_graph: MakeGraph, tmp_path: Path) -> None:
    graphs = [make_graph(name, f"<http://{name}/é> <http://p> <http://{name}/y> .\n") for name in "abc"]
    path = tmp_path / "seeds.tsv"
    path.write_text(
        "http://a/y\thttp://b/y\nhttp://c/y\thttp://a/y\nhttp://b/%C3%A9\thttp://a/é\n"
        "http://b/y\thttp://a/y\nhttp://a/é\thttp://a/y\nhttp://a/y\thttp://nowhere/1\n"
    )
    found = distribute(read_pairs(path), graphs)
    ids = {pair: (part.source.tolist(), part.target.tolist()) for pair, part in found.pairs.items()}
    assert ids == {(0, 1): ([1, 0], [1, 0]), (0, 2): ([1], [1])}
    assert (found.unknown, found.first_unknown) == (2, (5, "http://a/y"))


def test_a_pair_counts_for_all_graphs_that_share_its_iris(make_graph: MakeGraph, tmp_path: Path) -> None:
    text = "<http://s/1> <http://p> <http://s/2> .\n"
    graphs = [make_graph("a", text), make_graph("b", text + text.replace("/2", "/3")), make_graph("c", text)]
    path = tmp_path / "seeds.tsv"
    path.write_text("http://s/1\thttp://s/1\nhttp://s/3\thttp://s/2\n")
    found = distribute(read_pairs(path), graphs)
    assert found.pairs.keys() == {(0, 1), (0, 2), (1, 2)}
    assert [len(part.source) for part in found.pairs.values()] == [2, 1, 2]
    assert found.unknown == 0
    assert len(concatenated(list(found.pairs.values())).source) == 5


def test_a_target_may_have_several_seeds_where_it_may_be_shared(
    make_graph: MakeGraph, tmp_path: Path
) -> None:
    first = make_graph("a", "<http://a/x> <http://a/p> <http://a/y> .\n")
    second = make_graph("b", "<http://b/1> <http://b/p> <http://b/2> .\n")
    path = tmp_path / "seeds.tsv"
    path.write_text("http://a/x\thttp://b/1\nhttp://a/x\thttp://b/2\nhttp://a/y\thttp://b/1\n")
    source, target = one_per_entity(resolve(read_pairs(path), first, second), "many-to-one")
    assert (source.tolist(), target.tolist()) == ([0, 1], [0, 0])
