from __future__ import annotations

import pytest

BIRTHS = {
    "a": """
        a:1 x:born "1969-05-05"
        a:2 x:born "1970"
        a:3 x:born "1971-01-01"
        a:1 x:capital a:4
        a:1 x:likes a:2
        a:1 x:likes a:3
    """,
    "b": """
        b:1 x:born "1969-05-06"
        b:2 x:born "1970-02-03"
        b:3 x:born "1971-01-02"
        b:1 x:capital b:5
        b:5 x:near b:1
        b:1 x:likes b:6
    """,
    "c": """
        c:1 x:born "6 May 1969"
        c:1 x:capital c:6
    """,
}
LINKS = "a:1 b:1\na:1 c:1\nb:1 c:1\na:2 b:2\na:3 b:3"


def found(fusion) -> set[tuple[str, ...]]:
    columns = ("entity", "property", "kind", "graph_a", "value_a", "graph_b", "value_b", "kept")
    return {
        tuple(str(part).replace("http://", "") for part in row)
        for row in fusion.conflicts.table.select(columns).iter_rows()
    }


def values(fusion, entity: str) -> set[str]:
    table = fusion.statements.attributes
    names = fusion.entities.canonical.gather(table["subject"])
    return set(table.filter(names == entity)["value"].to_list())


def test_contradictions_are_found_with_both_sides_and_what_agrees_is_not(fuse_texts) -> None:
    fusion = fuse_texts(BIRTHS, LINKS)
    assert found(fusion) == {
        ("a/1", "x/born", "different date", "a", "1969-05-05", "b", "1969-05-06", "both"),
        ("a/1", "x/born", "different date", "a", "1969-05-05", "c", "6 May 1969", "both"),
        ("a/3", "x/born", "different date", "a", "1971-01-01", "b", "1971-01-02", "both"),
        ("a/1", "x/capital", "unlinked entity", "a", "a/4", "b", "b/5", "both"),
        ("a/1", "x/capital", "unlinked entity", "a", "a/4", "c", "c/6", "both"),
        ("a/1", "x/capital", "unlinked entity", "b", "b/5", "c", "c/6", "both"),
    }
    assert values(fusion, "http://a/1") == {"1969-05-05", "1969-05-06"}


@pytest.mark.parametrize(
    ("options", "of_one", "of_three"),
    [
        ({"on_conflict": "prefer", "prefer": ("a",)}, "a", {"1971-01-01"}),
        ({"on_conflict": "prefer", "prefer": ("c", "b")}, "b", {"1971-01-02"}),
        ({"on_conflict": "prefer", "prefer": ("c",)}, "b", {"1971-01-01", "1971-01-02"}),
        ({"on_conflict": "newest"}, "b", {"1971-01-02"}),
        ({"on_conflict": "newest", "dates": {"a": "2024-05-01", "b": "2023-01-01"}}, "a", {"1971-01-01"}),
        ({"on_conflict": "newest", "dates": {"c": "2024-05-01"}}, "b", {"1971-01-01", "1971-01-02"}),
        ({"on_conflict": "most-sources"}, "b", {"1971-01-01", "1971-01-02"}),
    ],
)
def test_a_policy_keeps_one_value_and_lists_the_other(options, of_one, of_three, fuse_texts) -> None:
    fusion = fuse_texts(BIRTHS, LINKS, **options)
    kept = {"a": {"1969-05-05"}, "b": {"1969-05-06"}}[of_one]
    assert values(fusion, "http://a/1") == kept
    assert values(fusion, "http://a/3") == of_three
    rows = [row for row in found(fusion) if row[0] == "a/1" and row[1] == "x/born"]
    assert {row[-1] for row in rows} == {"a" if of_one == "a" else "b"}
    both = [row for row in found(fusion) if row[0] == "a/3"]
    assert {row[-1] for row in both} == ({"both"} if len(of_three) == 2 else {of_one})
    # 1970 and 3 February 1970 don't contradict each other, so neither goes.
    assert values(fusion, "http://a/2") == {"1970", "1970-02-03"}


def test_entities_that_lose_are_left_out_too(fuse_texts) -> None:
    fusion = fuse_texts(BIRTHS, LINKS, on_conflict="prefer", prefer=("c", "a"))
    capitals = {row[4:] for row in found(fusion) if row[1] == "x/capital"}
    # Neither a's nor b's value stands against c's, which the policy prefers to both.
    assert capitals == {
        ("a/4", "b", "b/5", "neither"),
        ("a/4", "c", "c/6", "b"),
        ("b/5", "c", "c/6", "b"),
    }
    relation = fusion.relations.iris.to_list().index("http://x/capital")
    objects = fusion.statements.triples.filter(fusion.statements.triples["relation"] == relation)["object"]
    assert [fusion.entities.canonical[number] for number in objects] == ["http://c/6"]
    assert fusion.conflicts.lost.filter("entity").height == 2


def test_different_entities_that_are_linked_with_each_other_or_elsewhere(fuse_texts) -> None:
    graphs = {
        "a": "a:1 x:capital a:4\na:2 x:capital a:5\na:4 x:near a:5",
        "b": "b:1 x:capital b:5\nb:2 x:capital b:6\nb:6 x:far b:4",
    }
    fusion = fuse_texts(graphs, "a:1 b:1\na:2 b:2\na:4 b:4\na:5 b:5")
    kinds = {(row[0], row[2]) for row in found(fusion)}
    assert kinds == {("a/1", "related entity"), ("a/2", "different entity")}


def test_only_functional_properties_that_two_graphs_use_can_be_contradicted(fuse_texts) -> None:
    assert "x/likes" not in {row[1] for row in found(fuse_texts(BIRTHS, LINKS))}
    assert "x/likes" in {row[1] for row in found(fuse_texts(BIRTHS, LINKS, functionality=0.4))}
