"""What people decided about pairs, kept so that no decision is lost and none is half-written.

A decision file is UTF-8 text of tab-separated values with the header ``source``, ``target``, ``decision``,
``decided_at`` (UTC, to the second). It is only ever added to; of several decisions about a pair the
last one counts. In an IRI, a backslash, tab, line feed or carriage return is written with a backslash,
as SPARQL's TSV results have it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

import polars as pl

from kgalign.align.text_files import lines_of
from kgalign.errors import InputError, OutputError

Decision = Literal["confirmed", "declined", "unsure"]
DECISION_SCHEMA = pl.Schema(
    {"source": pl.String, "target": pl.String, "decision": pl.String, "decided_at": pl.String}
)

_DECISIONS = get_args(Decision)
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_HEADER = "\t".join(DECISION_SCHEMA.names())
# The time stands last and has a fixed form, so that a line without its end shows.
_WHOLE = re.compile(rb"[^\t]+\t[^\t]+\t[a-z]+\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\r?")


class DecisionFile:
    """The decisions in one file, which need not be there yet.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, source: str, target: str, decision: Decision) -> None:
        """Write one decision down, on the disk before this returns.

        The line is written at once. What a crash left of an earlier line is removed first.

        Raises:
            InputError: if *decision* is none, or an IRI is empty or no text.
            OutputError: if it can't be written; the file is then as before.
        """
        if decision not in _DECISIONS:
            raise InputError(f"{decision!r} is no decision", remedy=f"give one of {', '.join(_DECISIONS)}")
        if not source or not target:
            raise InputError("a decision needs a source and a target", remedy="give the IRIs of both")
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            line = f"{_escaped(source)}\t{_escaped(target)}\t{decision}\t{now}\n".encode()
        except UnicodeEncodeError:
            raise InputError("an IRI holds half of a surrogate pair", remedy="give valid text") from None
        try:
            self._write(line)
        except OSError as error:
            raise OutputError.from_os_error(error, self._path) from error

    def read(self) -> pl.DataFrame:
        """All decisions, in the order in which they were made.

        Returns:
            ``source``, ``target``, ``decision`` and ``decided_at``, one row per pair: its last decision.
            No row where there is no file. A last line that a crash cut short is left out.

        Raises:
            InputError: if the file can't be read, or a line is no decision.
        """
        content = self._content()
        torn = _torn(_after_last_line_feed(content))
        whole = content[: content.rfind(b"\n") + 1] if torn else content
        lines = lines_of(whole, self._path)
        rows = lines.filter(pl.col("text") != _HEADER).with_columns(fields=pl.col("text").str.split("\t"))
        table = rows.select(
            "line",
            *[
                pl.col("fields").list.get(place, null_on_oob=True).fill_null("").alias(name)
                for place, name in enumerate(DECISION_SCHEMA)
            ],
        )
        self._check(table)
        return (
            table.select(_restored("source"), _restored("target"), "decision", "decided_at")
            .unique(["source", "target"], keep="last", maintain_order=True)
            .cast(DECISION_SCHEMA)
        )

    def cut_short(self) -> int | None:
        """The number of the last line if a crash cut it short, else None.

        Raises:
            InputError: if the file can't be read.
        """
        content = self._content()
        return content.count(b"\n") + 1 if _torn(_after_last_line_feed(content)) else None

    def _content(self) -> bytes:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise InputError(f"can't be read ({error.strerror})", path=self._path) from None

    def _check(self, table: pl.DataFrame) -> None:
        wrong = table.filter(
            (pl.col("source") == "") | (pl.col("target") == "") | ~pl.col("decision").is_in(_DECISIONS)
        )
        if wrong.height:
            raise InputError(
                f"not a decision: a line has source, target and one of {', '.join(_DECISIONS)}",
                path=self._path,
                line=int(wrong["line"][0]),
                remedy="mend or remove the line",
            )

    def _write(self, line: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            # Two who write at once must not take each other's line for a torn one.
            fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            last = _last_line(handle, size)
            kept = size - len(last) if _torn(last) else size
            if kept < size:
                os.ftruncate(handle, kept)
            before = f"{_HEADER}\n".encode() if kept == 0 else b"\n" if kept == size and last else b""
            if os.write(handle, before + line) < len(before) + len(line):
                os.ftruncate(handle, kept)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
        finally:
            os.close(handle)
        if size == 0:
            _sync_folder(self._path.parent)


def _torn(last: bytes) -> bool:
    """Whether the bytes after the last line feed are the beginning of a line, and not all of one."""
    return bool(last) and last != _HEADER.encode() and _WHOLE.fullmatch(last) is None


def _after_last_line_feed(content: bytes) -> bytes:
    return content[content.rfind(b"\n") + 1 :]


def _last_line(handle: int, size: int) -> bytes:
    """The bytes after the last line feed."""
    step, start = 4096, size
    content = b""
    while start > 0 and b"\n" not in content:
        start = max(0, start - step)
        content = os.pread(handle, size - start, start)
        step *= 2
    return _after_last_line_feed(content)


def _sync_folder(folder: Path) -> None:
    """Have the name of a new file on the disk as well, where the system lets folders be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _escaped(iri: str) -> str:
    return "".join(_ESCAPES.get(sign, sign) for sign in iri)


def _restored(column: str) -> pl.Expr:
    return pl.col(column).str.replace_many(list(_ESCAPES.values()), list(_ESCAPES))
