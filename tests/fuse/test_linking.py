from __future__ import annotations

import pytest

from kgalign.errors import InputError
from kgalign.fuse.linking import read_linking, with_same_iris

GRAPHS = {"a": "a:1 a:p a:2\na:3 a:p a:4", "b": "b:1 b:p b:2\nb:3 b:p b:4"}


def pairs(linking, sources) -> set[tuple[str, str]]:
    iris = sources.entity_iris
    return {(iris[one], iris[other]) for one, other in linking.links.select("first", "second").iter_rows()}


def test_a_run_gives_accepted_and_confirmed_links_and_what_was_declined(make_sources, run_folder) -> None:
    sources = make_sources(GRAPHS)
    run = run_folder(
        ("a", "b", "a:1", "b:1", 0.9, "accepted"),
        ("a", "b", "a:2", "b:2", 0.2, "uncertain"),
        ("a", "b", "a:3", "b:3", 0.1, "confirmed"),
        ("a", "b", "a:4", "b:4", 0.9, "declined"),
        ("a", "b", "a:4", "b:3", 0.9, "rejected"),
    )
    found = read_linking(run, sources)
    assert pairs(found, sources) == {("http://a/1", "http://b/1"), ("http://a/3", "http://b/3")}
    assert found.declined.height == 1
    more = read_linking(run / "links.parquet", sources, uncertain=True)
    assert more.links.height == 3
    assert sorted(more.links["probability"].to_list()) == [0.1, 0.2, 0.9]


def test_graphs_of_a_run_are_recognised_by_their_entities(make_sources, run_folder) -> None:
    sources = make_sources(GRAPHS)
    run = run_folder(("other", "name", "b:1", "a:1", 0.9, "accepted"))
    assert pairs(read_linking(run, sources), sources) == {("http://a/1", "http://b/1")}


def test_one_iri_in_several_graphs_is_told_apart_by_the_graph(make_sources, run_folder) -> None:
    sources = make_sources({"a": "x:1 a:p x:2", "b": "x:1 b:p x:2", "c": "x:1 c:p x:2"})
    run = run_folder(("a", "c", "x:1", "x:2", 0.9, "accepted"))
    found = read_linking(run, sources)
    assert found.links.select("first", "second").rows() == [(0, 5)]


def test_equal_iris_are_links_unless_declined(make_sources, run_folder) -> None:
    sources = make_sources({"a": "x:1 a:p x:2\n_:n a:p x:2", "b": "x:1 b:p x:2\n_:n b:p x:2"})
    run = run_folder(("a", "b", "x:2", "x:1", 0.9, "accepted"), ("a", "b", "x:2", "x:2", 0.9, "declined"))
    links = with_same_iris(read_linking(run, sources), sources).links
    assert links.select("first", "second", "method").rows() == [
        (0, 3, "same-iri"),
        (1, 3, "aligned"),
    ]


def test_links_of_a_file_are_certain_and_may_be_turned_round(make_sources, link_file, capsys) -> None:
    sources = make_sources(GRAPHS)
    found = read_linking(link_file("b:1 a:1\na:3 b:3\na:9 b:9"), sources)
    assert pairs(found, sources) == {("http://a/1", "http://b/1"), ("http://a/3", "http://b/3")}
    assert (found.links["probability"] == 1).all()
    assert found.unknown == 1
    assert "1 of 3 links name unknown entities" in capsys.readouterr().err


@pytest.mark.parametrize("links", ["missing", "a folder", "strangers", "no parquet", "another table", "none"])
def test_what_are_no_links_of_these_graphs_is_said(
    make_sources, run_folder, link_file, tmp_path, links
) -> None:
    sources = make_sources(GRAPHS)
    path = tmp_path / "nothing.parquet"
    if links == "a folder":
        path = tmp_path
    elif links == "strangers":
        path = link_file("c:1 d:1")
    elif links == "no parquet":
        path.write_text("no table")
    elif links == "another table":
        path = run_folder(("a", "b", "a:1", "b:1", 0.9, "accepted"))
        (path / "links.parquet").unlink()
        sources.graphs[0].entities.write_parquet(path / "links.parquet")
    elif links == "none":
        path = run_folder(("a", "b", "a:1", "b:1", 0.9, "uncertain"))
    with pytest.raises(InputError):
        read_linking(path, sources)
