"""The report and the review, driven in a real browser."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import polars as pl
import pytest

from kgalign.report import Contents, ReportOptions, report_page

ENTER, ESCAPE, DOWN = "\ue007", "\ue00c", "\ue015"
SECONDS = 60


@pytest.fixture(scope="module")
def world_report(world_run: Path, graph_data: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    contents = Contents.read(world_run, reference=graph_data / "reference.tsv")
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_page(contents, ReportOptions()).html, "utf-8")
    return path.as_uri()


@pytest.fixture
def own_run(world_run: Path, tmp_path: Path) -> Path:
    """A copy of the sample run, to be decided about."""
    return Path(shutil.copytree(world_run, tmp_path / "run"))


def chosen(window) -> str:
    return window.text("#list [aria-selected=true] .pair-names")


def test_a_report_is_searched_and_a_pair_opened_with_the_keyboard(
    window, world_report: str, world_run: Path
) -> None:
    window.open(world_report)
    assert window.text("#count") == f"{pl.read_parquet(world_run / 'links.parquet').height:,} pairs."
    window.press("/")
    window.press("ニジェール", ENTER)
    window.until("return document.querySelectorAll('#list li').length < 100")
    found = window.texts("#list .pair-names")
    assert found and all("ニジェール" in name or "Niger" in name for name in found)
    assert window.texts(".end h3")[0] in found[0]
    assert window.texts(".waterfall tbody th .signal")[0] == "label"
    window.press(ESCAPE)
    window.press("/")
    window.run("document.getElementById('search').value = ''")
    window.type("#search", "a", ENTER)
    first = chosen(window)
    window.press("j")
    second = chosen(window)
    window.press(DOWN)
    third = chosen(window)
    window.press("k", "k")
    assert len({first, second, third}) == 3
    assert chosen(window) == first
    assert window.complaints() == []


def test_a_search_without_a_hit_says_so_and_can_be_undone(window, world_report: str) -> None:
    window.open(world_report)
    before = window.text("#count")
    window.type("#search", "no entity is called so", ENTER)
    window.until("return document.querySelectorAll('#list li').length === 0")
    assert "No pair" in window.text("#detail")
    window.press("j", "k", ENTER)
    window.run("document.getElementById('search').value = ''")
    window.type("#search", ENTER)
    window.until("return document.querySelectorAll('#list li').length > 0")
    assert window.text("#count") == before
    assert window.complaints() == []


def test_the_waterfall_adds_up(window, world_report: str) -> None:
    window.open(world_report)
    for _ in range(5):
        terms, score = window.run(
            """const numbers = (where) => [...document.querySelectorAll(where)].map(
                 (cell) => Number(cell.textContent.replace("−", "-")));
               return [numbers(".waterfall tbody td:nth-of-type(3)"),
                       numbers(".waterfall tfoot td.number")[0]];"""
        )
        assert sum(terms) == pytest.approx(score, abs=0.006)
        window.press("j")


def test_filters_orders_and_links_between_parts(window, world_report: str) -> None:
    window.open(world_report)
    window.type("#filter", "uncertain")
    window.until("return document.querySelectorAll('#list li.status-accepted').length === 0")
    assert set(window.texts("#list .pair-facts .soft")) == {"uncertain"}
    window.type("#order", "least")
    told = [float(text) for text in window.texts("#list .pair-facts .number")]
    assert told == sorted(told)
    # A row of the table of suspicious pairs opens its pair, whatever was filtered out.
    names = window.texts("#suspicious tbody tr:first-child bdi")[:2]
    window.run("document.querySelector('#suspicious a.open').click()")
    window.until("return document.querySelector('#filter').value === 'all'")
    assert window.texts(".end h3") == names


def test_a_neighbour_leads_to_its_own_pair(window, world_report: str) -> None:
    window.open(world_report)
    name = window.text(".shared .jump")
    window.click(".shared .jump")
    assert window.texts(".end h3")[0] == name


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 900)])
def test_nothing_reaches_over_the_edge(
    width: int, height: int, window, world_report: str, own_run, serve
) -> None:
    with serve(own_run) as (address, _):
        for page in (world_report, address):
            window.open(page, width, height)
            assert window.run("return document.documentElement.scrollWidth") <= width
            window.click("#list li:nth-child(2)")
            assert window.run("return document.documentElement.scrollWidth") <= width
            back = window.run("return getComputedStyle(document.getElementById('back')).display !== 'none'")
            assert back == (width < 500)
            if back:
                window.click("#back")
                assert window.run("return document.getElementById('list').offsetHeight") > 0


def test_a_decision_is_kept_over_a_restart(window, own_run: Path, serve) -> None:
    path = own_run / "decisions.tsv"
    with serve(own_run) as (address, process):
        window.open(address)
        first = chosen(window)
        window.press("y")
        window.until("return document.querySelector('#list .decision').textContent === 'confirmed'")
        # It is on the disk before the page shows it.
        assert pl.read_csv(path, separator="\t")["decision"].to_list() == ["confirmed"]
        second = chosen(window)
        assert second != first
        window.press("n")
        window.until("return document.querySelectorAll('#list .decision')[1].textContent === 'declined'")
        window.click("[data-decision=unsure]")
        window.until("return document.querySelectorAll('#list .decision')[2].textContent === 'unsure'")
        assert window.complaints() == []
        process.send_signal(signal.SIGINT)
        told, error = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, error
        assert "3 decisions made" in told and f"--decisions {path}" in told
        window.press("y")
        window.until("return !document.getElementById('trouble').hidden")
        assert "not saved" in window.text("#trouble")
    with serve(own_run) as (address, _):
        window.open(address)
        assert window.texts("#list .decision")[:4] == ["confirmed", "declined", "unsure", ""]
        assert "3 of" in window.text("#progress")
        # The first that is not decided is asked about next, and a decision may be changed.
        assert window.run("return document.querySelector('#list [aria-selected=true]').id") == "option-3"
        window.press("k")
        window.press("y")
        window.until("return document.querySelectorAll('#list .decision')[2].textContent === 'confirmed'")
        assert "2 confirmed, 1 declined" in window.text("#progress")


def test_letters_typed_into_the_search_decide_nothing(window, own_run: Path, serve) -> None:
    with serve(own_run) as (address, _):
        window.open(address)
        window.type("#search", "yny")
        window.until("return document.getElementById('search').value === 'yny'")
        window.run(
            "document.getElementById('shortcuts').checked = false; document.getElementById('list').focus()"
        )
        window.press("y")
    assert not (own_run / "decisions.tsv").exists()


def test_hostile_text_is_shown_and_does_nothing(
    window, hostile_run: Path, hostile_labels: tuple[str, ...], serve, tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    report.write_text(report_page(Contents.read(hostile_run), ReportOptions()).html, "utf-8")
    with serve(hostile_run, "--decisions", str(tmp_path / "decisions.tsv")) as (address, _):
        for page in (report.as_uri(), address):
            window.open(page)
            for label in hostile_labels:
                window.run("document.getElementById('search').value = arguments[0]", label)
                window.type("#search", ENTER)
                shown = label.replace("\u202e", "\ufffd")
                assert shown in window.texts(".end h3"), label
                assert any(shown in text for text in window.texts(".names li"))
            window.run("document.getElementById('search').value = 'javascript:'")
            window.type("#search", ENTER)
            assert "javascript:" in "".join(window.texts(".end .iri"))
            assert window.run("return document.querySelectorAll('a[href^=javascript i]').length") == 0
            for foreign in (
                "img",
                "body script ~ script ~ script ~ script",
                "svg[onload]",
                "b",
                "title ~ title",
            ):
                assert window.run("return document.querySelectorAll(arguments[0]).length", foreign) == 0, (
                    foreign
                )
            assert window.run("return window.stolen === undefined")
            assert window.complaints() == []
