from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sssom.parsers import parse_sssom_table

from kgalign.align.conversion import LinkFormat, format_by_name, write_links
from kgalign.align.iris import valid_iris
from kgalign.align.link_files import LINK_FILE_SCHEMA, read_links
from kgalign.align.pairs import read_pairs
from kgalign.errors import InputError

SAME_AS = "http://www.w3.org/2002/07/owl#sameAs"
EXACT_MATCH = "http://www.w3.org/2004/02/skos/core#exactMatch"
BROADER = "http://www.w3.org/2004/02/skos/core#broadMatch"
HOSTILE_TEXTS = (
    "<script>alert('x')</script>",
    '"><img src=x onerror=alert(1)>',
    'a "quoted" word',
    '"',
    "tab\tand\nline\r\nbreak\r",
    " spaces around ",
    "\u200fעברית\u202e",
    "𝔘𝔫𝔦 😀",
    "%41|other=x",
    "#comment",
    "=SUM(A1)",
    "&amp;",
    "\\t",
    "a,b;c",
    "'",
    "NA",
)
# Characters that RFC 3987 allows somewhere in an IRI, and sequences that decoding might take for others.
PARTS = st.one_of(
    st.sampled_from(
        [
            "%41",
            "%25",
            "%E6%9D%B1",
            "%",
            "é",
            "東京",
            "😀",
            "\u200f",
            "&",
            "'",
            "#",
            "?",
            "=",
            "/",
            ":",
            "@",
            "(",
            ",",
        ]
    ),
    st.text("abcXYZ019_-.~", min_size=1, max_size=4),
)
IRIS = st.builds(
    lambda scheme, parts: scheme + "".join(parts),
    st.sampled_from(["http://a/", "http://a/b#", "urn:x:", "source:", "target:", "owl:"]),
    st.lists(PARTS, min_size=1, max_size=6),
)
# What the store takes from a lenient dump although no IRI may hold it.
ODD_IRIS = st.builds(
    lambda iri, odd: iri + odd, IRIS, st.sampled_from([" ", "<b>", '"', "|", "^`{}", "\\u", "\t", "\n"])
)
TEXTS = st.one_of(
    st.none(),
    st.sampled_from(HOSTILE_TEXTS),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
)


def tables(iris: st.SearchStrategy[str]) -> st.SearchStrategy[pl.DataFrame]:
    """Tables of links, each pair once."""
    row = st.fixed_dictionaries(
        {
            "source": iris,
            "target": iris,
            "predicate": st.sampled_from([SAME_AS, EXACT_MATCH, BROADER]),
            "probability": st.one_of(st.none(), st.floats(0, 1)),
            "status": st.sampled_from(["accepted", "uncertain"]),
            "method": st.sampled_from(
                ["aligned", "seed", "joined", "confirmed", "same-iri", "semapv:LexicalMatching"]
            ),
            "source_label": TEXTS,
            "target_label": TEXTS,
            "line": st.none(),
        }
    )
    rows = st.lists(row, min_size=1, max_size=6, unique_by=lambda made: (made["source"], made["target"]))
    return rows.map(lambda made: pl.DataFrame(made, schema=LINK_FILE_SCHEMA))


def there_and_back(links: pl.DataFrame, form: LinkFormat, path: Path) -> list[dict[str, Any]]:
    write_links(links, path, form)
    return read_links(path).drop("line").to_dicts()


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr("kgalign.kg.cache.cache_folder", lambda: tmp_path / "cache")
    return tmp_path


SETTINGS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("form", ["sssom", "csv", "parquet"])
@SETTINGS
@given(links=tables(st.one_of(IRIS, ODD_IRIS)))
def test_nothing_is_lost(form: LinkFormat, links: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / f"links.{'sssom.tsv' if form == 'sssom' else form}"
    assert there_and_back(links, form, path) == links.drop("line").to_dicts()


@SETTINGS
@given(links=tables(IRIS))
def test_the_sssom_package_reads_every_row(links: pl.DataFrame, tmp_path: Path) -> None:
    plain = links.filter(~pl.col("source").str.contains("^(source|target|owl):"))
    plain = plain.filter(~pl.col("target").str.contains("^(source|target|owl):"))
    path = tmp_path / "links.sssom.tsv"
    write_links(plain, path, "sssom")
    assert len(parse_sssom_table(str(path)).df) == plain.height


@SETTINGS
@given(links=tables(IRIS))
def test_an_alignment_holds_measure_and_relation(links: pl.DataFrame, cache: Path) -> None:
    expected = links.select(
        valid_iris(links["source"]),
        valid_iris(links["target"]),
        pl.col("predicate").replace(EXACT_MATCH, SAME_AS),
        pl.col("probability").fill_null(1.0),
    )
    write_links(links, cache / "links.rdf", "oaei")
    found = read_links(cache / "links.rdf").select(expected.columns)
    assert sorted(found.rows()) == sorted(expected.rows())


@pytest.mark.parametrize(("form", "predicate"), [("sameas", SAME_AS), ("exactmatch", EXACT_MATCH)])
@SETTINGS
@given(links=tables(st.one_of(IRIS, ODD_IRIS)))
def test_statements_hold_the_pairs(
    form: LinkFormat, predicate: str, links: pl.DataFrame, cache: Path
) -> None:
    equal = links.filter(pl.col("predicate") != BROADER)
    converted = write_links(links, cache / "links.nt", form)
    assert (converted.written, converted.other) == (equal.height, links.height - equal.height)
    if equal.height:
        found = read_links(cache / "links.nt").select("source", "target", "predicate")
        assert sorted(found.rows()) == sorted(
            (a, b, predicate) for a, b in equal.select("source", "target").rows()
        )


def made(*rows: tuple[str, str]) -> pl.DataFrame:
    links = pl.DataFrame([*rows], schema={"source": pl.String, "target": pl.String}, orient="row")
    absent = {
        name: pl.lit(None, dtype) for name, dtype in LINK_FILE_SCHEMA.items() if name not in links.columns
    }
    return links.with_columns(**absent).with_columns(status=pl.lit("accepted"), method=pl.lit("aligned"))


def test_a_literal_percent_sequence_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "links.sssom.tsv"
    links = made(("http://a/é%41", "http://a/%C3%A9"), ("http://a/é", "http://a/b%"))
    write_links(links, path, "sssom")
    assert read_links(path).select("source", "target").rows() == links.select("source", "target").rows()
    ids = [line.split("\t")[0] for line in path.read_text("ascii").splitlines() if not line.startswith("#")]
    assert ids[1:] == ["source:%C3%A9%41", "source:%C3%A9"]


def test_an_edited_id_outdoes_what_was_noted_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "links.sssom.tsv"
    write_links(made(("http://a/é", "http://b/1")), path, "sssom")
    path.write_text(path.read_text().replace("source:%C3%A9", "source:%C3%A8"))
    assert read_links(path)["source"].to_list() == ["http://a/%C3%A8"]


def test_sssom_from_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "mappings.sssom.tsv"
    rows = (
        "subject_id\tsubject_label\tpredicate_id\tpredicate_modifier\tobject_id\tmapping_justification\tconfidence",
        'A:1\t"one\tand a half"\tskos:exactMatch\t\thttp://b/1\tsemapv:LexicalMatching\t0.5',
        "A:2\t\tskos:broadMatch\t\thttp://b/2\tsemapv:ManualMappingCuration\t",
        "A:3\t\towl:sameAs\tNot\thttp://b/3\tsemapv:ManualMappingCuration\t1",
        "A:4\t\tskos:exactMatch\t\tsssom:NoTermFound\tsemapv:ManualMappingCuration\t1",
    )
    path.write_text("#curie_map:\n#  A: http://a/\n" + "\n".join(rows) + "\n")
    found = read_links(path).select("source", "predicate", "probability", "method", "source_label", "line")
    assert found.rows() == [
        ("http://a/1", EXACT_MATCH, 0.5, "semapv:LexicalMatching", "one\tand a half", 4),
        ("http://a/2", BROADER, None, "seed", None, 5),
        ("http://a/3", "http://www.w3.org/2002/07/owl#differentFrom", 1.0, "seed", None, 6),
    ]
    assert read_pairs(path).select("source", "target").rows() == [("http://a/1", "http://b/1")]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "a.sssom.tsv",
            "#x: 1\nsubject_id\tobject_id\tconfidence\nA:1\tB:1\thigh\n",
            ":3: the confidence is no number",
        ),
        ("a.sssom.tsv", "subject_id\tobject_id\nA:1\t\n", ":2: a mapping needs a subject and an object"),
        ("a.csv", "source,target,probability\nhttp://a/1,http://b/1,often\n", ":2: .*number"),
        ("a.csv", "source,target\nhttp://a/1,\n", ":2: a link needs"),
        ("a.parquet", "no table", "not a table of links"),
        ("a.sssom.tsv", "subject_id\tobject_id\n", "no link found"),
    ],
)
def test_bad_files_are_told_with_their_line(name: str, content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(InputError, match=says):
        read_links(path)


def test_many_graphs_make_an_alignment_each(cache: Path) -> None:
    links = made(
        ("http://a/1", "http://b/1"), ("http://a/1", "http://c/1"), ("_:blank", "http://c/2")
    ).with_columns(source_graph=pl.lit("a"), target_graph=pl.Series(["b", "c", "c"]))
    converted = write_links(links, cache / "links.rdf", "oaei")
    assert (converted.written, converted.blank) == (2, 1)
    assert (cache / "links.rdf").read_text().count("<Alignment>") == 2
    assert read_links(cache / "links.rdf").height == 2
    write_links(links, cache / "links.csv", "csv")
    back = read_links(cache / "links.csv")
    assert back.height == 3
    assert back["target_graph"].to_list() == ["b", "c", "c"]


def test_rdf_takes_only_iris(tmp_path: Path) -> None:
    for form in ("oaei", "sameas"):
        with pytest.raises(InputError, match="name no IRI"):
            write_links(made(("Q42", "http://b/1")), tmp_path / "links", form)
    assert list(tmp_path.iterdir()) == []


def test_names_tell_the_format() -> None:
    names = {
        "a.sssom.tsv": "sssom",
        "b.TSV": "sssom",
        "c.rdf": "oaei",
        "d.nt": "sameas",
        "e.parquet": "parquet",
    }
    assert {name: format_by_name(name) for name in names} == names
    with pytest.raises(InputError, match="tells no format"):
        format_by_name("links")
