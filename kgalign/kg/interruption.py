"""Ctrl-C while native code runs that doesn't stand being interrupted."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether Ctrl-C was pressed within the block."""

    requested = False

    def _request(self, signal_number: int, frame: FrameType | None) -> None:
        self.requested = True


@contextmanager
def deferred_interruption() -> Iterator[Interruption]:
    """Hold a Ctrl-C back until the block ends; then raise KeyboardInterrupt.

    Polars' streaming writer panics, with a trace on the terminal, when it is interrupted. The block
    can look at what it is given to end early. Outside the main thread nothing is changed, since
    Python delivers no signal there.
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = signal.signal(signal.SIGINT, interruption._request)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before)
        if interruption.requested:
            raise KeyboardInterrupt
