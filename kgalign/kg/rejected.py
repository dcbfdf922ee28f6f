"""The record of lines that gave no statement."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from kgalign.errors import InputError
from kgalign.kg.options import IngestOptions

REJECTED = "rejected.tsv"
_HEADER = "file\tline\treason\ttext\n"
_TEXT_CHARACTERS = 200
_ESCAPES = (
    {ord("\\"): "\\\\", ord("\t"): "\\t", ord("\n"): "\\n", ord("\r"): "\\r"}
    | {code: f"\\x{code:02x}" for code in [*range(9), 11, 12, *range(14, 32), *range(127, 160)]}
    | {0x2028: "\\u2028", 0x2029: "\\u2029"}
)


@dataclass(frozen=True)
class RejectedMark:
    """A point of the log to return to."""

    count: int
    offset: int


class RejectedLog:
    """Writes ``rejected.tsv`` (columns file, line, reason, text) and keeps to the options' limits.

    The text is the line's first 200 characters with tabs, line ends and other control characters
    escaped; bytes that are not UTF-8 appear as ``\\xNN``.
    """

    def __init__(self, path: Path, options: IngestOptions) -> None:
        """See the class."""
        self._file = path.open("wb")
        self._file.write(_HEADER.encode())
        self._options = options
        self.count = 0

    def add(self, name: str, line: int, reason: str, text: bytes) -> None:
        """Record that *line* (1-based) of the file *name* was rejected for *reason*.

        Raises:
            InputError: if the options ask to stop at the first error, or this is one too many.
        """
        if self._options.on_error == "abort":
            remedy = "--on-error skip goes on without such lines"
            raise InputError(reason, path=name, line=line, remedy=remedy)
        self.count += 1
        limit = self._options.max_errors
        if limit is not None and self.count > limit:
            problem = f"more than {limit} lines rejected, the last one: {reason}"
            raise InputError(problem, path=name, line=line)
        shown = text[: 4 * _TEXT_CHARACTERS].decode("utf-8", "backslashreplace")[:_TEXT_CHARACTERS]
        fields = (name, str(line), reason, shown)
        self._file.write(("\t".join(field.translate(_ESCAPES) for field in fields) + "\n").encode())

    def mark(self) -> RejectedMark:
        """The present end of the log."""
        return RejectedMark(self.count, self._file.tell())

    def rewind(self, mark: RejectedMark) -> None:
        """Forget what was recorded after *mark*."""
        self._file.seek(mark.offset)
        self._file.truncate()
        self.count = mark.count

    def __enter__(self) -> RejectedLog:
        """Use the log in a ``with`` block, which closes its file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()


def first_rejections(folder: Path, count: int) -> list[str]:
    """The first *count* rejections of the store in *folder*, as ``file:line: reason``."""
    found: list[str] = []
    try:
        with (folder / REJECTED).open(encoding="utf-8", newline="\n") as log:
            next(log, None)
            for row in log:
                if len(found) == count:
                    break
                name, line, reason, _ = row.rstrip("\n").split("\t")
                found.append(f"{name}:{line}: {reason}")
    except FileNotFoundError:
        pass
    return found
