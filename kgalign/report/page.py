"""The page: templates filled, style and script within, nothing fetched from anywhere.

The Content-Security-Policy allows this page's own script and style, by their SHA-256, and nothing
else. Text from graphs goes through the templates' escaping, or lies deflated in Base64 where the
script takes it out and shows it as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl
from jinja2 import Environment
from markupsafe import Markup

from kgalign import __version__
from kgalign.align.review_order import review_order
from kgalign.evaluate import reliability_table
from kgalign.html_pages import environment, source_hash
from kgalign.report.charts import (
    calibration_plot,
    precision_recall_curve,
    probability_histogram,
    score_histogram,
)
from kgalign.report.clusters import largest_clusters, suspect_count, suspects
from kgalign.report.conflicts import conflict_kinds, listed_conflicts
from kgalign.report.contents import Contents
from kgalign.report.drawing import Chart
from kgalign.report.figures import graph_figures, run_figures
from kgalign.report.judgement import Judgement, judgement
from kgalign.report.options import ReportOptions
from kgalign.report.pair_data import PairData, pair_data

_SCRIPTS = ("data.js", "detail.js", "viewer.js", "review.js")
_STYLES = ("style.css",)
# Marks that turn the direction of the text after them, and controls.
_UNSHOWN = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Page:
    """A page, and what it leaves out.

    Attributes:
        html: the document.
        keys: source and target of each pair in its viewer.
        left_out: number of pairs that aren't in it.
        policy: the Content-Security-Policy that it needs.
    """

    html: str
    keys: frozenset[tuple[str, str]]
    left_out: int
    policy: str


def report_page(contents: Contents, options: ReportOptions) -> Page:
    """A run's report, complete in itself."""
    judged = judgement(contents)
    data = pair_data(contents.links, options.most_pairs, options.most_evidence)
    return _page(
        "report.html.jinja",
        data,
        policy=_policy(),
        title=contents.name,
        contents=contents,
        options=options,
        figures=run_figures(contents, judged),
        graphs=graph_figures(contents),
        charts=_charts(contents, judged),
        suspect_count=suspect_count(contents),
        suspects=suspects(contents, data.rows, options.most_listed),
        clusters=largest_clusters(contents, data.rows, options.most_listed),
        cluster_count=contents.clusters["cluster"].n_unique(),
        conflict_kinds=conflict_kinds(contents),
        conflicts=listed_conflicts(contents, data.rows, options.most_listed),
    )


def review_page(contents: Contents, options: ReportOptions) -> Page:
    """The viewer alone, its pairs in the order of review; it takes decisions when it is served."""
    order = review_order(contents.links, contents.candidates)
    data = pair_data(contents.links, options.most_pairs, options.most_evidence, order)
    return _page(
        "review.html.jinja", data, policy=_policy("connect-src 'self'"), title=contents.name, options=options
    )


def shown(text: str) -> str:
    """*text* with a sign in place of each character that controls its surroundings."""
    return _UNSHOWN.sub("\ufffd", text)


def _page(template: str, data: PairData, policy: str, **values: object) -> Page:
    html = (
        _environment()
        .get_template(template)
        .render(version=__version__, data=data, policy=policy, style=_style(), script=_script(), **values)
    )
    return Page(html, frozenset(data.rows.select("source", "target").iter_rows()), data.left_out, policy)


def _charts(contents: Contents, judged: Judgement | None) -> list[Chart]:
    accepted = contents.links.filter((pl.col("status") == "accepted") & (pl.col("method") == "aligned"))
    lowest = accepted["probability"].min()
    charts = [
        probability_histogram(contents.links, lowest if isinstance(lowest, float) else None, _rule(contents)),
        score_histogram(contents.links),
        _calibration(contents, judged),
    ]
    if judged is not None:
        point = (judged.metrics.recall, judged.metrics.precision)
        charts.append(precision_recall_curve(judged.curve, point))
    return [chart for chart in charts if chart is not None]


def _rule(contents: Contents) -> str:
    """By which rule the run accepted links, as far as it is known."""
    threshold, precision = (contents.options.get(name) for name in ("threshold", "precision"))
    if threshold is None or precision is None:
        return ""
    return f"Accepted as far as the expected precision stays at {precision}, and none below {threshold}."


def _calibration(contents: Contents, judged: Judgement | None) -> Chart | None:
    """By the reference given, else by what the run said of its own, if it had one."""
    if judged is not None:
        table = reliability_table(judged.judged["probability"], judged.judged["correct"])
        return calibration_plot(table, judged.calibration_error)
    pairs = [pair for pair in contents.summary.get("pairs", []) if "reliability" in pair]
    if len(pairs) != 1:
        return None
    return calibration_plot(pl.DataFrame(pairs[0]["reliability"]), pairs[0]["calibration_error"])


def _policy(more: str = "") -> str:
    """What the page may do, as a Content-Security-Policy (level 3)."""
    rules = [
        "default-src 'none'",
        f"script-src '{source_hash(_script())}'",
        f"style-src '{source_hash(_style())}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join([*rules, more] if more else rules)


@cache
def _environment() -> Environment:
    made = environment("kgalign.report")
    made.filters["shown"] = shown
    return made


@cache
def _style() -> Markup:
    return Markup("".join(_asset(name) for name in _STYLES))


@cache
def _script() -> Markup:
    return Markup("".join(_asset(name) for name in _SCRIPTS))


def _asset(name: str) -> str:
    return (files("kgalign.report") / "assets" / name).read_text("utf-8")
