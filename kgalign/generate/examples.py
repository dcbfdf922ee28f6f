"""Facts beside texts that state them: what generators learn from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kgalign.errors import InputError
from kgalign.verify.requests import given
from kgalign.verify.verdicts import Fact


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


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore")

    text: str
    language: str
    facts: tuple[tuple[str, str, str], ...]


def read_examples(paths: Sequence[str | Path]) -> Iterator[Example]:
    """The examples of JSONL files: ``{"facts": [[s, r, o], …], "text": …, "language": …}`` a line.

    Further keys are ignored. Terms are names; an object in quotes, or without letters, is a literal.

    Raises:
        InputError: if a file is missing, not UTF-8, or a line is something else.
    """
    for path in paths:
        try:
            text = Path(path).read_text("utf-8")
        except OSError as error:
            raise InputError(f"can't be read ({error.strerror})", path=path, remedy="check --data") from None
        except UnicodeDecodeError:
            raise InputError("is not UTF-8", path=path, remedy="convert it") from None
        yield from _of_lines(text.splitlines(), path)


def _of_lines(lines: Iterable[str], path: str | Path) -> Iterator[Example]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = _Record.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise InputError(
                f"{place + ': ' if place else ''}{first['msg']}",
                path=path,
                line=number,
                remedy='a line is {"facts": [[subject, relation, object], …], "text": …, "language": …}',
            ) from None
        yield Example(record.text, record.language, tuple(given(row, lambda _: None) for row in record.facts))
