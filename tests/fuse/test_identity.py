from __future__ import annotations

import pytest

from kgalign.errors import InputError

GRAPHS = {
    "a": "a:1 a:p a:2\n_:n a:p a:2",
    "b": "b:1 b:p b:2\n_:n b:p b:2",
    "c": "c:1 c:p c:2",
}
LINKS = "a:1 b:1\nb:1 c:1\nb:2 c:2"


def canonical(fusion) -> dict[tuple[str, str], str]:
    return {(graph, entity): iri for _, graph, entity, iri in fusion.entities.clusters.iter_rows()}


def test_the_first_graph_names_a_cluster(fuse_texts) -> None:
    fusion = fuse_texts(GRAPHS, LINKS)
    assert canonical(fusion) == {
        ("a", "http://a/1"): "http://a/1",
        ("b", "http://b/1"): "http://a/1",
        ("c", "http://c/1"): "http://a/1",
        ("b", "http://b/2"): "http://b/2",
        ("c", "http://c/2"): "http://b/2",
    }
    assert set(fusion.entities.same_as.iter_rows()) == {
        ("http://a/1", "http://b/1"),
        ("http://a/1", "http://c/1"),
        ("http://b/2", "http://c/2"),
    }
    assert fusion.entities.clusters["cluster"].to_list() == [0, 0, 0, 1, 1]


def test_a_preferred_graph_names_what_it_has(fuse_texts) -> None:
    fusion = fuse_texts(GRAPHS, "a:1 b:1\nb:2 c:2", canonical="prefer", prefer=("c",))
    assert set(canonical(fusion).values()) == {"http://a/1", "http://c/2"}


def test_minted_iris_are_the_same_each_time_and_whatever_joins(fuse_texts) -> None:
    options = {"canonical": "mint", "namespace": "https://example.org/id/"}
    first = canonical(fuse_texts(GRAPHS, LINKS, **options))
    second = canonical(fuse_texts(GRAPHS, "a:1 b:1", **options))
    assert first["a", "http://a/1"] == second["a", "http://a/1"]
    assert first["a", "http://a/1"].startswith("https://example.org/id/entity/")
    assert len(set(first.values())) == 2


def test_blank_nodes_of_two_graphs_stay_apart(fuse_texts) -> None:
    blank = [iri for iri in fuse_texts(GRAPHS, LINKS).entities.canonical if iri.startswith("_:")]
    assert len(blank) == len(set(blank)) == 2


def test_an_iri_that_means_two_things_names_neither(fuse_texts) -> None:
    graphs = {"a": "x:1 a:p x:2", "b": "x:1 b:p x:3", "c": "c:1 c:p x:4"}
    together = fuse_texts(graphs, "x:2 x:3")
    assert together.entities.canonical.to_list().count("http://x/1") == 1
    apart = fuse_texts(graphs, "x:2 x:3", same_iri=False)
    names = apart.entities.canonical.to_list()
    assert "http://x/1" not in names
    assert len([name for name in names if name.startswith("urn:kgalign:entity/")]) == 2
    assert len(names) == len(set(names))
    assert "http://x/1" not in apart.entities.same_as["entity"].to_list()


def test_a_preferred_graph_must_be_there(fuse_texts) -> None:
    with pytest.raises(InputError, match="no graph is called 'z'; the graphs are called a, b, c"):
        fuse_texts(GRAPHS, LINKS, canonical="prefer", prefer=("z",))
    with pytest.raises(ValueError, match="prefer needs --prefer"):
        fuse_texts(GRAPHS, LINKS, canonical="prefer")
    with pytest.raises(ValueError, match="beginning of an IRI"):
        fuse_texts(GRAPHS, LINKS, namespace="no iri")
