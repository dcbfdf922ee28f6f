from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sssom.parsers import parse_sssom_table

from kgalign.align.conversion import LinkFormat, format_by_name, write_links
from kgalign.align.iris import encoded_iri, valid_iris
from kgalign.align.link_files import LINK_FILE_SCHEMA, read_links
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
