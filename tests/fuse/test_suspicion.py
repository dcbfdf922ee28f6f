from __future__ import annotations

import re

from kgalign.fuse import FuseOptions, fuse, read_linking

NAMES = ["Rome", "Oslo", "Cairo", "Lima", "Quito", "Delhi", "Kyoto", "Tunis", "Paris", "Minsk"]


def cities() -> dict[str, str]:
    """Two rings of cities with names in common."""
    return {
        graph: "\n".join(
            f'{graph}:{n} label "{name}"\n{graph}:{n} {graph}:next {graph}:{(n + 1) % len(NAMES)}'
            for n, name in enumerate(NAMES)
        )
        for graph in ("a", "b")
    }


def right_links() -> list[tuple[str, str, str, str, float, str]]:
    return [("a", "b", f"a:{n}", f"b:{n}", 0.9, "accepted") for n in range(len(NAMES))]


def test_a_wrong_link_beside_the_right_ones_is_cut_and_comes_first(make_sources, run_folder) -> None:
    sources = make_sources(cities())
    run = run_folder(*right_links(), ("a", "b", "a:3", "b:7", 0.99, "accepted"))
    fusion = fuse(sources, read_linking(run, sources))
    assert fusion.cut.sum() == 1
    first = fusion.suspicious.row(0, named=True)
    assert (first["source"], first["target"], first["kind"]) == ("http://a/3", "http://b/7", "cut")
    assert first["reason"].startswith("cut: Lima is kept with Lima and Tunis is kept with Tunis")
    assert fusion.suspicious["rank"].to_list() == list(range(1, 12))
    assert fusion.suspicious["score"].is_sorted(descending=True)
    assert fusion.entities.clusters.height == 20


def test_wrong_links_in_place_of_right_ones_come_first_with_their_rivals(make_sources, run_folder) -> None:
    sources = make_sources(cities())
    crossed = [row for row in right_links() if row[2] not in ("a:3", "a:7")] + [
        ("a", "b", "a:3", "b:7", 0.99, "accepted"),
        ("a", "b", "a:7", "b:3", 0.99, "accepted"),
    ]
    run = run_folder(*crossed)
    fusion = fuse(sources, read_linking(run, sources))
    assert not fusion.cut.any()
    top = fusion.suspicious.head(2)
    assert set(top["source"]) == {"http://a/3", "http://a/7"}
    assert set(top["kind"]) == {"better rival"}
    assert all(re.match(r"(Lima fits Lima|Tunis fits Tunis) better or as well", why) for why in top["reason"])


def test_what_a_person_confirmed_is_never_cut_and_comes_last(make_sources, run_folder) -> None:
    sources = make_sources(cities())
    run = run_folder(*right_links(), ("a", "b", "a:3", "b:7", 0.1, "confirmed"))
    fusion = fuse(sources, read_linking(run, sources))
    last = fusion.suspicious.row(-1, named=True)
    assert (last["source"], last["target"]) == ("http://a/3", "http://b/7")
    assert fusion.cut.sum() == 2
    cluster_of = dict(fusion.entities.clusters.select("entity", "cluster").iter_rows())
    assert cluster_of["http://a/3"] == cluster_of["http://b/7"]


def test_with_several_per_graph_nothing_is_cut(make_sources, run_folder) -> None:
    sources = make_sources(cities())
    run = run_folder(*right_links(), ("a", "b", "a:3", "b:7", 0.99, "accepted"))
    fusion = fuse(sources, read_linking(run, sources), FuseOptions(several_per_graph=True))
    assert not fusion.cut.any()
    assert fusion.entities.clusters.group_by("cluster").len()["len"].max() == 4


def test_a_property_that_hardly_ever_disagrees_makes_a_link_suspicious(make_sources, run_folder) -> None:
    graphs = {
        graph: text + "\n" + "\n".join(f'{graph}:{n} x:founded "{1900 + n}-01-01"' for n in range(len(NAMES)))
        for graph, text in cities().items()
    }
    graphs["b"] = graphs["b"].replace("1904-01-01", "1604-01-01")
    sources = make_sources(graphs)
    fusion = fuse(sources, read_linking(run_folder(*right_links()), sources))
    first = fusion.suspicious.row(0, named=True)
    assert (first["source"], first["kind"]) == ("http://a/4", "conflict")
    assert "functional properties that disagree: 1 (founded)" in first["reason"]
