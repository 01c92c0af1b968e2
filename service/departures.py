"""Releases that are used no more."""

import asyncio

from service.background import background_thread
from service.inheritance import dismiss
from service.release import Release


class Departures:
    """Takes releases apart beside the requests, once those that have taken them are done.

    Args:
        drain_s: how long a request may go on with the release it has taken, in seconds.
    """

    def __init__(self, drain_s: float) -> None:
        self._drain_s = drain_s
        self._dropper = background_thread("drop")
        self._leaving: set[asyncio.Task[None]] = set()

    def add(self, release: Release) -> None:
        """Let a release go."""
        leaving = asyncio.create_task(dismiss(release, self._drain_s, self._dropper))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """End what is under way."""
        for task in list(self._leaving):
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)
        self._dropper.shutdown(wait=False, cancel_futures=True)
