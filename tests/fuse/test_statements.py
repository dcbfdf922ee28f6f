from __future__ import annotations

import polars as pl

from kgalign.fuse.fused_folder import stated

XSD = "http://www.w3.org/2001/XMLSchema#"
GRAPHS = {
    "a": f"""
        a:1 x:height "1 km"
        a:1 x:born "1969"^^<{XSD}gYear>
        a:1 x:motto "Go!"@en
        a:1 x:motto "Allez"@fr
        a:1 x:knows a:2
        a:1 x:knows a:1
        a:1 label "One"@en
        a:2 label "Two"
        <http://x/knows> label "knows"@en
        a:1 <http://www.w3.org/2002/07/owl#sameAs> b:1
        a:1 <http://www.w3.org/2002/07/owl#sameAs> z:1
    """,
    "b": """
        b:1 x:height "1000 m"
        b:1 x:born "1969"
        b:1 x:motto "go"@en
        b:1 x:motto "go"@de
        b:1 x:knows b:2
        b:1 label "One"@en
        b:1 label "Eins"@de
    """,
    "c": 'c:1 x:height "1000 m"',
}
LINKS = "a:1 b:1\na:1 c:1\na:2 b:2"


def test_statements_are_merged_by_meaning_and_keep_their_sources(fuse_texts) -> None:
    fusion = fuse_texts(GRAPHS, LINKS)
    table = stated(fusion).filter(pl.col("subject") == "http://a/1")
    kept = {
        (row["relation"][9:], row["object"], row["language"], row["graph"], row["stated_object"])
        for row in table.to_dicts()
    }
    assert kept == {
        ("height", "1000 m", None, "a", "1 km"),
        ("height", "1000 m", None, "b", "1000 m"),
        ("height", "1000 m", None, "c", "1000 m"),
        ("born", "1969", None, "a", "1969"),
        ("born", "1969", None, "b", "1969"),
        ("motto", "Go!", "en", "a", "Go!"),
        ("motto", "Go!", "en", "b", "go"),
        ("motto", "go", "de", "b", "go"),
        ("motto", "Allez", "fr", "a", "Allez"),
        ("knows", "http://a/2", None, "a", "http://a/2"),
        ("knows", "http://a/2", None, "b", "http://b/2"),
        ("knows", "http://a/1", None, "a", "http://a/1"),
    }
    assert fusion.statements.same_as.rows() == [("http://a/1", "http://z/1", 0)]


def test_labels_of_every_language_come_together(fuse_texts) -> None:
    fusion = fuse_texts(GRAPHS, LINKS)
    labels = fusion.statements.labels
    names = fusion.entities.canonical.gather(labels["subject"])
    own = labels.filter(names == "http://a/1").select("text", "language", "graph").rows()
    assert set(own) == {("One", "en", 0), ("One", "en", 1), ("Eins", "de", 1)}


def test_long_texts_with_one_beginning_are_not_one(fuse_texts) -> None:
    start = "word " * 200
    graphs = {"a": f'a:1 x:about "{start}end"', "b": f'b:1 x:about "{start}other end"'}
    fusion = fuse_texts(graphs, "a:1 b:1")
    assert fusion.statements.attributes["value"].n_unique() == 2


def relations(count: int, agreeing: int) -> dict[str, str]:
    """Two graphs that agree on some of their statements about knowing and meeting."""
    one = "\n".join(f"a:{n} a:knows a:{(n + 1) % count}" for n in range(count))
    other = "\n".join(
        f"b:{n} b:knows2 b:{(n + 1) % count if n < agreeing else (n + 2) % count}" for n in range(count)
    )
    return {"a": one, "b": other}


def test_relations_are_merged_where_each_is_mostly_found_under_the_other(fuse_texts) -> None:
    links = "\n".join(f"a:{n} b:{n}" for n in range(20))
    merged = fuse_texts(relations(20, 18), links)
    assert merged.relations.iris.to_list() == ["http://a/knows"]
    assert merged.relations.merged == 2
    apart = fuse_texts(relations(20, 8), links)
    assert apart.relations.iris.to_list() == ["http://a/knows", "http://b/knows2"]
    eager = fuse_texts(relations(20, 8), links, relation_agreement=0.3)
    assert eager.relations.iris.to_list() == ["http://a/knows"]


def figures(count: int, factor: float) -> dict[str, str]:
    one = "\n".join(f'a:{n} a:people "{1000 * 3 ** (n % 9) + 7 * n}"' for n in range(count))
    other = "\n".join(
        f'b:{n} b:inhabitants "{round(factor * (1000 * 3 ** (n % 9) + 7 * n))}"' for n in range(count)
    )
    return {"a": one, "b": other}


def test_attributes_whose_figures_are_close_and_never_equal_are_merged(fuse_texts) -> None:
    links = "\n".join(f"a:{n} b:{n}" for n in range(30))
    fusion = fuse_texts(figures(30, 1.1), links)
    assert fusion.relations.iris.to_list() == ["http://a/people"]
    kinds = fusion.conflicts.table["kind"]
    assert len(kinds) == 30
    assert set(kinds) == {"different number"}
    assert len(fuse_texts(figures(30, 2.0), links).relations.iris) == 2
    # Where all figures are alike, being close says nothing.
    alike = {
        "a": "\n".join(f'a:{n} a:wheels "{4 + n % 2 / 10}"' for n in range(30)),
        "b": "\n".join(f'b:{n} b:legs "{4 + n % 3 / 10}"' for n in range(30)),
    }
    assert len(fuse_texts(alike, links).relations.iris) == 2
