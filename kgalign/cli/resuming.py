"""What an interrupted command says of the work that the next run takes over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ResumableInterruption(KeyboardInterrupt):
    """A command was interrupted and goes on where it was; the message says so."""


@contextmanager
def resumable(folder: Path, *patterns: str) -> Iterator[None]:
    """Tell whoever interrupts the block that it can be taken up, if that is so.

    Args:
        folder: the command's output.
        patterns: of the files there that it goes on from.
    """
    try:
        yield
    except KeyboardInterrupt:
        if any(any(folder.glob(pattern)) for pattern in patterns):
            raise ResumableInterruption(
                f"interrupted; the same command goes on from what is in {folder}."
            ) from None
        raise
