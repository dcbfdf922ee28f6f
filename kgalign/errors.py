"""The errors that a person can do something about.

Anything raised as :class:`KgalignError` reaches the terminal as one sentence and a meaningful exit
code; every other exception is a defect and keeps its traceback.

Exit codes: 0 success, 1 a defect, 2 something the person must change (the input, an option, the
place of the output, the space on the disk), 130 interrupted from the keyboard.
"""

from __future__ import annotations

import errno
from pathlib import Path

EXIT_DEFECT = 1
EXIT_USER = 2
EXIT_INTERRUPTED = 130


class KgalignError(Exception):
    """A failure with a one-sentence explanation; ends the command with :attr:`exit_code`."""

    exit_code = EXIT_USER


class InputError(KgalignError):
    """The input can't be used as it is.

    Args:
        problem: what is wrong, as a sentence without its full stop.
        path: the file concerned, if there is one.
        line: the 1-based line concerned, if it is known.
        remedy: what the person can do about it, as a sentence without its full stop.
    """

    def __init__(
        self,
        problem: str,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        remedy: str | None = None,
    ) -> None:
        place = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        action = "" if remedy is None else f"; {remedy}"
        super().__init__(f"{place}{problem}{action}".replace("\n", " ").rstrip(".") + ".")
        self.path = path
        self.line = line


class OutputError(KgalignError):
    """The output can't be written where it was asked for."""

    @classmethod
    def from_os_error(cls, error: OSError, path: str | Path) -> OutputError:
        """Explain why *path* couldn't be written, and what to do."""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return cls(f"{path}: the disk is full; free some space or choose another place with -o.")
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return cls(f"{path}: not writable; choose another place with -o.")
        reason = error.strerror or str(error)
        return cls(f"{path}: can't be written ({reason}); choose another place with -o.")
