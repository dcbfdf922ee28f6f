from __future__ import annotations

from pathlib import Path

import polars as pl
import pyoxigraph as ox
from sssom.parsers import parse_sssom_table

from kgalign.align import Links, read_pairs, sssom

HOSTILE = [
    ("http://zh.dbpedia.org/resource/新大阪站", "http://dbpedia.org/resource/Shin-Ōsaka_Station", "新大阪站"),
    ("http://zh.dbpedia.org/resource/AC/DC", "http://dbpedia.org/resource/AC/DC_(band)", 'quote " and\ttab'),
    ("http://zh.dbpedia.org/resource/%E6%9D%B1", "http://dbpedia.org/resource/A'b,c", "line\nbreak, comma"),
    ("urn:uuid:1234-abc", "http://example.org/q?x=1&y=2#z", "=SUM(A1)"),
    ("http://zh.dbpedia.org/resource/#", "http://dbpedia.org/resource/", "<script>alert(1)</script>"),
    ("_:f0_b1", "http://dbpedia.org/resource/Blank", "blank"),
]


def links() -> Links:
    rows = [
        {
            "source": source,
            "target": target,
            "probability": 0.9,
            "status": "accepted",
            "method": "aligned",
            "source_label": label,
            "target_label": None,
        }
        for source, target, label in HOSTILE
    ]
    rows.append({**rows[0], "source": "http://x/unsure", "status": "uncertain"})
    return Links(pl.DataFrame(rows, infer_schema_length=None))


def test_sssom_counts_every_row_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "links.sssom.tsv"
    path.write_text(sssom(links()), "utf-8")
    parsed = parse_sssom_table(str(path))
    assert len(parsed.df) == 5
    assert set(parsed.df["confidence"].astype(float)) == {0.9}
    found = set(read_pairs(path).select("source", "target").rows())
    assert found == {(s, t) for s, t, _ in HOSTILE[:5]}
    assert set(parsed.df["subject_label"].fillna("")) >= {'quote " and tab', "line break, comma"}


def test_ntriples_hold_the_accepted_links(tmp_path: Path) -> None:
    path = tmp_path / "links.nt"
    path.write_text(links().ntriples(), "utf-8")
    stated = list(ox.parse(path=path, format=ox.RdfFormat.N_TRIPLES))
    assert {(s.subject.value, s.object.value) for s in stated} == {(s, t) for s, t, _ in HOSTILE[:5]}
    assert {s.predicate.value for s in stated} == {"http://www.w3.org/2002/07/owl#sameAs"}
