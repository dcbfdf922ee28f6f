"""Verified texts as files: JSON by line, a table of verdicts, or a page to read."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from kgalign import __version__
from kgalign.errors import InputError
from kgalign.files import atomic_file
from kgalign.html_pages import environment, source_hash
from kgalign.verify.options import VerdictFormat
from kgalign.verify.verdicts import Verdict, VerifiedText

COLUMNS = (
    "text", "start", "end", "span", "status", "score", "evidence_subject", "evidence_relation",
    "evidence_object",
)  # fmt: skip
# Spreadsheets take a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STYLE = """
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
article { border-top: 1px solid #8886; padding: 1rem 0; }
.passage { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 1.1rem; }
mark { color: inherit; border-bottom: .2rem solid; border-radius: .15rem; padding: 0 .1rem; }
.supported { background: #2e7d3233; border-color: #2e7d32; }
.contradicted { background: #c6282833; border-color: #c62828; }
.unsupported { background: #ef6c0033; border-color: #ef6c00; border-bottom-style: dashed; }
.not-checkable { background: none; border-color: #888; border-bottom-style: dotted; }
td, th { text-align: start; padding: .1rem .8rem .1rem 0; vertical-align: top; overflow-wrap: anywhere; }
"""


@dataclass(frozen=True)
class Piece:
    """A part of a text, with its verdict if it has one."""

    text: str
    verdict: Verdict | None


def pieces(verified: VerifiedText) -> Iterator[Piece]:
    """The text in parts that have one verdict each, or none."""
    place = 0
    for verdict in verified.verdicts:
        if place < verdict.start:
            yield Piece(verified.text[place : verdict.start], None)
        yield Piece(verified.text[verdict.start : verdict.end], verdict)
        place = verdict.end
    if place < len(verified.text):
        yield Piece(verified.text[place:], None)


def write_verdicts(texts: Sequence[VerifiedText], path: str | Path, form: VerdictFormat) -> None:
    """Write *texts* to *path*, whole or not at all.

    Raises:
        OutputError: if the place can't be written.
    """
    with atomic_file(path) as scratch:
        if form == "jsonl":
            scratch.write_text("".join(f"{text.model_dump_json()}\n" for text in texts), "utf-8")
        elif form == "csv":
            _write_csv(texts, scratch)
        else:
            scratch.write_text(page(texts), "utf-8")


def read_verdicts(path: str | Path) -> list[VerifiedText]:
    """Read what :func:`write_verdicts` wrote as JSON by line.

    Raises:
        InputError: if the file is missing or something else.
    """
    try:
        lines = Path(path).read_text("utf-8").split("\n")
        return [VerifiedText.model_validate_json(line) for line in lines if line]
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"holds no verdicts ({reason})", path=path) from None


def page(texts: Sequence[VerifiedText]) -> str:
    """A page that shows the texts, what is wrong with them and what they omit; it has no script."""
    templates = environment("kgalign.verify")
    templates.filters["pieces"] = pieces
    return templates.get_template("verdicts.html.jinja").render(
        texts=texts,
        style=Markup(_STYLE),
        policy=f"default-src 'none'; style-src '{source_hash(_STYLE)}'",
        version=__version__,
    )


def _write_csv(texts: Sequence[VerifiedText], scratch: Path) -> None:
    with scratch.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, text in enumerate(texts, start=1):
            for verdict in text.verdicts:
                span = text.text[verdict.start : verdict.end]
                evidence: list[tuple[str, ...]] = [
                    (each.subject, each.relation, each.object) for each in verdict.evidence
                ] or [("", "", "")]
                for triple in evidence:
                    numbers = (number, verdict.start, verdict.end)
                    judged = (harmless(span), verdict.status, verdict.score)
                    writer.writerow([*numbers, *judged, *map(harmless, triple)])


def harmless(text: str) -> str:
    """*text* such that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
