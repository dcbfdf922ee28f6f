"""Texts to be checked, as files hold them: plain text, or JSON by line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kgalign.errors import InputError
from kgalign.verify.names import spaced
from kgalign.verify.verdicts import Fact, Name, Term
from kgalign.verify.verifier import Request

STANDARD_INPUT = "-"
_JSON_LINES = (".jsonl", ".ndjson")
TermOf = Callable[[str], Term | None]


class TextRecord(BaseModel):
    """One line of JSON: a text and what is known of it; further keys are ignored.

    Attributes:
        text: the text.
        about: IRI of the entity that it is about.
        language: its language tag.
        facts: what it should state: subject, relation and object of each, as IRIs or as words.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    about: str | None = None
    language: str | None = None
    facts: tuple[tuple[str, str, str], ...] | None = None


def read_requests(
    paths: Sequence[str], about: str | None, language: str | None, term_of: TermOf, json_lines: bool
) -> Iterator[Request]:
    """The texts of *paths*, in order.

    Args:
        paths: files of plain text, one text each, or of JSON by line (.jsonl, .ndjson); ``-`` for
            standard input.
        about: the entity that they are about, unless a line of JSON says otherwise.
        language: their language, likewise.
        term_of: finds a term of the graph by its IRI.
        json_lines: whether standard input and files of any name are JSON by line.

    Raises:
        InputError: if a file is missing, not UTF-8, or a line is not what it should be.
    """
    for path in paths:
        text = _read(path)
        if not (json_lines or path.endswith(_JSON_LINES)):
            yield Request(text, language, about)
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                record = _record(line, path, number)
                facts = None if record.facts is None else [given(row, term_of) for row in record.facts]
                yield Request(record.text, record.language or language, record.about or about, facts)


def given(row: tuple[str, str, str], term_of: TermOf) -> Fact:
    """A fact from three strings: terms of the graph by their IRIs, or names as they stand."""
    subject, relation, thing = row
    named = term_of(relation) or Term(value=relation, names=(Name(text=spaced(relation)),))
    return Fact(subject=_term(subject, term_of), relation=named, object=_term(thing, term_of))


def _term(text: str, term_of: TermOf) -> Term:
    known = term_of(text)
    if known is not None:
        return known
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    words = text[1:-1] if quoted else text.replace("_", " ")
    literal = quoted or not any(sign.isalpha() for sign in text)
    return Term(value=words if quoted else text, literal=literal, names=(Name(text=words),))


def _record(line: str, path: str, number: int) -> TextRecord:
    try:
        return TextRecord.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{place + ': ' if place else ''}{first['msg']}",
            path=path,
            line=number,
            remedy='a line is {"text": …, "about": …, "language": …, "facts": [[s, r, o], …]}',
        ) from None


def _read(path: str) -> str:
    try:
        data = sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError("there is no such file", path=path, remedy="check the name of the text") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 (byte {error.start:,})", path=path, remedy="convert it to UTF-8"
        ) from None
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", path=path) from None
