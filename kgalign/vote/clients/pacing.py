"""No more requests in a minute than a server allows."""

from __future__ import annotations

import asyncio
import time


class RequestPace:
    """Spaces requests out evenly.

    Args:
        per_minute: how many may start in a minute; None for no limit.
    """

    def __init__(self, per_minute: float | None) -> None:
        self._seconds_between = 0.0 if per_minute is None else 60.0 / per_minute
        self._next_start = 0.0

    async def wait(self) -> None:
        """Return when the next request may start."""
        if not self._seconds_between:
            return
        now = time.monotonic()
        start = max(now, self._next_start)
        self._next_start = start + self._seconds_between
        await asyncio.sleep(start - now)
