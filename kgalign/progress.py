"""Progress on the terminal: standard error only, and only where a person is watching."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from tqdm import tqdm


class Progress(Protocol):
    """What a long job tells about itself."""

    def update(self, amount: float = 1) -> object:
        """Report that *amount* more units are done."""
        ...


@contextmanager
def progress(title: str, total: float | None = None, unit: str = "it") -> Iterator[Progress]:
    """Show a progress bar while the block runs; silent unless standard error is a terminal."""
    with tqdm(
        total=total,
        desc=title,
        unit=unit,
        unit_scale=True,
        leave=False,
        file=sys.stderr,
        disable=not sys.stderr.isatty(),
    ) as bar:
        yield bar


def say(message: str) -> None:
    """Print one line for the person on standard error."""
    tqdm.write(message, file=sys.stderr)
