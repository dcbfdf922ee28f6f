from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from kgalign.errors import InputError
from kgalign.report import Contents, ReportOptions, report_page, review_page
from kgalign.report.page import shown

OPTIONS = ReportOptions()


class Elements(HTMLParser):
    """The elements of a page, with the text of those that hold no markup."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements:
            self.texts.append((self.elements[-1][0], data))

    def text_of(self, tag: str) -> str:
        return "".join(text for name, text in self.texts if name == tag)


@pytest.fixture
def fused(hostile_run: Path, tmp_path: Path) -> Path:
    """A folder as 'kgalign fuse' writes it, about the hostile run."""
    folder = tmp_path / "fused"
    folder.mkdir()
    links = pl.read_parquet(hostile_run / "links.parquet")
    pl.read_parquet(hostile_run / "clusters.parquet").with_columns(canonical="entity").write_parquet(
        folder / "clusters.parquet"
    )
    pl.DataFrame(
        {
            "cluster": [0, 0, 1],
            "entity": [links["source"][0]] * 3,
            "property": ["http://one/born", "http://one/size", "http://one/born"],
            "kind": ["date", "quantity", "date"],
            "graph_a": "one",
            "value_a": ["<b>1900</b>", "1", "1901"],
            "graph_b": "two",
            "value_b": ["</td><script>", "2", "1902"],
            "kept": ["<b>1900</b>", "1", ""],
        }
    ).write_parquet(folder / "conflicts.parquet")
    links.head(2).select(
        "source",
        "target",
        "source_graph",
        "target_graph",
        rank=pl.Series([2, 1]),
        kind=pl.lit("cut <link>"),
        score=pl.lit(0.5),
        reason=pl.lit("<script>because</script>"),
    ).write_parquet(folder / "suspicious.parquet")
    (folder / "summary.json").write_text("{}")
    return folder


def test_the_page_fetches_nothing(hostile_run: Path) -> None:
    html = report_page(Contents.read(hostile_run), OPTIONS).html
    page = Elements(html)
    for name, attributes in page.elements:
        assert name not in ("link", "iframe", "object", "embed", "img", "base", "form") or attributes.get(
            "id"
        )
        assert not {"src", "srcset", "style", "action"} & attributes.keys(), name
        assert not any(attribute.startswith("on") for attribute in attributes), name
        assert (attributes.get("href") or "#").startswith("#"), attributes
    assert not re.search(r"url\(|@import|import\(|eval\(|innerHTML|insertAdjacentHTML", html)


def test_the_policy_lets_only_the_page_own_script_and_style_run(hostile_run: Path) -> None:
    page = report_page(Contents.read(hostile_run), OPTIONS)
    parts = Elements(page.html)
    (policy,) = (
        attributes["content"]
        for name, attributes in parts.elements
        if name == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy == page.policy
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'" and "connect-src" not in rules
    # The last script is the one that runs; those before it hold data.
    for rule, tag in (("script-src", "<script>"), ("style-src", "<style>")):
        text = page.html.rpartition(tag)[2].partition(tag.replace("<", "</"))[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert "connect-src 'self'" in review_page(Contents.read(hostile_run), OPTIONS).policy


def test_text_from_graphs_stays_text(hostile_run: Path, fused: Path, hostile_labels: tuple[str, ...]) -> None:
    clean = Elements(report_page(Contents.read(hostile_run, fused), OPTIONS).html)
    tags = [name for name, _ in clean.elements]
    assert tags.count("script") == 3
    assert not {"b", "img"} & set(tags)
    text = "".join(text for _, text in clean.texts)
    for label in hostile_labels:
        assert shown(label) in text
    for words in ("<script>because</script>", "<b>1900</b>", "</td><script>", "cut <link>"):
        assert words in text


def test_conflicts_of_every_kind_are_listed(hostile_run: Path, fused: Path) -> None:
    html = report_page(Contents.read(hostile_run, fused), ReportOptions(most_listed=2)).html
    assert "2 of 3, of every kind in turn" in html
    rows = html.split('id="conflicts"')[1]
    assert "born" in rows and "size" in rows and "1901" not in rows
    assert 'id="conflicts"' not in report_page(Contents.read(hostile_run), OPTIONS).html


def test_the_most_suspicious_come_by_their_rank(hostile_run: Path, fused: Path) -> None:
    links = pl.read_parquet(hostile_run / "links.parquet")
    rows = re.findall(r'href="#pair=(\d+)"', report_page(Contents.read(hostile_run, fused), OPTIONS).html)
    assert rows[:2] == ["1", "0"]
    assert links.height > 2


def test_the_same_run_gives_the_same_page(world_run: Path, graph_data: Path) -> None:
    pages = [
        report_page(Contents.read(world_run, reference=graph_data / "reference.tsv"), OPTIONS).html
        for _ in range(2)
    ]
    assert pages[0] == pages[1]
    for title in ("Calibration", "Precision and recall", "Probability of the links", "Score of the links"):
        assert f">{title}</strong>" in pages[0]


def test_what_is_left_out_is_said(world_run: Path) -> None:
    contents = Contents.read(world_run)
    page = report_page(contents, ReportOptions(most_pairs=100, most_evidence=1))
    assert (len(page.keys), page.left_out) == (100, contents.links.height - 100)
    assert f"{page.left_out:,} more pairs were left out" in page.html
    assert "pieces of weaker evidence" in page.html
    assert "left out" not in Elements(report_page(contents, OPTIONS).html).text_of("span")


def test_a_run_with_links_alone_has_a_page(hostile_run: Path, tmp_path: Path) -> None:
    alone = tmp_path / "links.parquet"
    pl.read_parquet(hostile_run / "links.parquet").drop("source_graph", "target_graph").write_parquet(alone)
    contents = Contents.read(alone)
    assert contents.graphs == ["A", "B"]
    assert "0 of 0" in report_page(contents, OPTIONS).html


def test_a_run_without_links_has_a_page(hostile_run: Path, tmp_path: Path) -> None:
    pl.read_parquet(hostile_run / "links.parquet").clear().write_parquet(tmp_path / "links.parquet")
    contents = Contents.read(tmp_path)
    assert report_page(contents, OPTIONS).keys == review_page(contents, OPTIONS).keys == frozenset()


def test_controls_and_marks_of_direction_are_made_visible() -> None:
    assert shown("a\u202eb\u2066c\x00d\x9be\n\u200f") == "a\ufffdb\ufffdc\ufffdd\ufffde\n\u200f"


@pytest.mark.parametrize(
    "name", ["clusters.parquet", "conflicts.parquet", "suspicious.parquet", "summary.json"]
)
def test_a_broken_fused_folder_is_told(name: str, hostile_run: Path, fused: Path) -> None:
    (fused / name).write_text("nonsense")
    with pytest.raises(InputError, match=f"{name}.*kgalign fuse"):
        Contents.read(hostile_run, fused)


@pytest.mark.parametrize("name", ["clusters.parquet", "summary.json", "config.toml"])
def test_a_broken_run_is_told(name: str, hostile_run: Path, tmp_path: Path) -> None:
    for path in hostile_run.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(b"\xff = [")
    with pytest.raises(InputError, match=f"{name}.*kgalign align"):
        Contents.read(tmp_path)
