"""Facts beside texts that state them: what generators learn from."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kgalign.errors import InputError
from kgalign.generate.readers.webnlg import WebNLGRow
from kgalign.generate.readers.xalign import XAlignRow
from kgalign.verify.requests import given
from kgalign.verify.verdicts import Fact

_TOGETHER = 512
_WITH_LANGUAGE = re.compile(r"([a-z]{2,3})=(.+)", re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A text and the facts that it states.

    Attributes:
        text: the text.
        language: language code, without region.
        facts: what it states.
    """

    text: str
    language: str
    facts: tuple[Fact, ...]


def in_batches(examples: Iterable[Example]) -> Iterator[list[Example]]:
    """*examples* by some hundreds, so that their literals are read together."""
    left = iter(examples)
    while batch := list(islice(left, _TOGETHER)):
        yield batch


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore")

    text: str
    language: str
    facts: tuple[tuple[str, str, str], ...]


def read_examples(paths: Sequence[str | Path]) -> Iterator[Example]:
    """The examples of JSONL files, which may be compressed by gzip (.gz).

    A line is ``{"facts": [[s, r, o], …], "text": …, "language": …}``, or a row of XAlign, or an entry of
    WebNLG; each text of an entry is an example. Entries don't say their language, so their files are given
    as ``CODE=PATH``. Further keys are ignored. In the plain form terms are names; an object in quotes, or
    without letters, is a literal.

    Raises:
        InputError: if a file is missing, not UTF-8, or a line is something else.
    """
    for given_path in paths:
        found = _WITH_LANGUAGE.match(str(given_path))
        path = Path(found[2] if found else given_path)
        yield from _of_lines(_read(path).splitlines(), path, found[1] if found else "")


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    except (UnicodeDecodeError, EOFError, zlib.error):
        raise InputError("is not UTF-8", path=path, remedy="convert it") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"can't be read ({reason})", path=path, remedy="check --data") from None


def _of_lines(lines: Iterable[str], path: Path, language: str) -> Iterator[Example]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            examples = _examples(line, language)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise InputError(
                f"{place + ': ' if place else ''}{first['msg']}",
                path=path,
                line=number,
                remedy='a line is {"facts": [[subject, relation, object], …], "text": …, "language": …}',
            ) from None
        if any(not example.language for example in examples):
            raise InputError(
                "doesn't say its language", path=path, line=number, remedy=f"give the file as en={path}"
            )
        yield from examples


def _examples(line: str, language: str) -> list[Example]:
    if '"triples"' in line and '"texts"' in line:
        entry = WebNLGRow.model_validate_json(line)
        facts = entry.facts(language)
        return [Example(text, language, facts) for text in entry.texts]
    if '"qid"' in line and '"sentence"' in line:
        row = XAlignRow.model_validate_json(line)
        return [Example(row.sentence, row.code or language, row.told)]
    record = _Record.model_validate_json(line)
    facts = tuple(given(each, lambda _: None) for each in record.facts)
    return [Example(record.text, record.language, facts)]
