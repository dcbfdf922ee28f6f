"""Progress on the terminal: standard error only, and only where a person is watching."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from tqdm import tqdm


class Progress(Protocol):
    """What a long job tells about itself."""

    def update(self, amount: float = 1) -> object:
        """Report that *amount* more units are done."""
        ...


class NotedProgress(Progress, Protocol):
    """Progress beside which something else is shown."""

    def note(self, text: str) -> object:
        """Show *text* beside the bar from now on."""
        ...


@dataclass(frozen=True)
class _Bar:
    bar: tqdm

    def update(self, amount: float = 1) -> object:
        return self.bar.update(amount)

    def note(self, text: str) -> object:
        return self.bar.set_postfix_str(text, refresh=False)


@contextmanager
def progress(title: str, total: float | None = None, unit: str = "it") -> Iterator[NotedProgress]:
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
        yield _Bar(bar)


def say(message: str) -> None:
    """Print one line for the person on standard error."""
    tqdm.write(message, file=sys.stderr)
