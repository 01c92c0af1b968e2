"""Threads that score beside the event loop."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from time import perf_counter

from service.crowd import Crowd
from service.deadline import Deadline
from service.errors import DeadlineError
from service.scorers.batcher import Call, Floats
from service.slots import Slots

_HOP_ROWS = 20
"""Up to so many rows are scored sooner than a thread answers."""


def never_worth_a_hop(threads: int, inline_rows: int) -> int:
    """Return up to how many rows are scored on the event loop, with company or without."""
    return inline_rows if threads == 1 else min(inline_rows, _HOP_ROWS)


class ScoringThreads:
    """Calls models in threads where that gains more than a hop costs, and counts what is there.

    A hop costs a third of a millisecond, as much as a dozen rows. It gains nothing for a request
    that is small or alone, unless that is so large that others would wait for it; with company, and
    more than one thread, requests are scored beside each other and beside the event loop.

    Args:
        threads: how many.
        inline_rows: most rows that are scored on the event loop.
        crowd: knows of other requests.
        slots: counts what is under way in the threads.

    Attributes:
        count: how many threads.
        executor: the threads.
    """

    def __init__(self, threads: int, inline_rows: int, crowd: Crowd, slots: Slots) -> None:
        self.executor = ThreadPoolExecutor(threads, "score")
        self.count = threads
        self._inline_rows = inline_rows
        self._never_rows = never_worth_a_hop(threads, inline_rows)
        self._crowd = crowd
        self._slots = slots

    def aside(self) -> "ScoringThreads":
        """Make one more thread, for calls that must never run on the event loop nor fill these."""
        return ScoringThreads(1, 0, self._crowd, Slots())

    def are_worth_a_hop(self, rows: int) -> bool:
        """Tell whether so many rows should be scored in a thread."""
        if rows <= self._never_rows:
            return False
        return rows > self._inline_rows or not self._crowd.is_alone

    async def call(
        self, call: Call, inputs: tuple[Floats, ...], deadline: Deadline
    ) -> tuple[Floats, ...]:
        """Call a model and return its outputs.

        Raises:
            DeadlineError: if that takes longer than the deadline allows; then it ends in vain.
        """
        begin_s = perf_counter()
        running = self.executor.submit(call, *inputs)
        self._slots.take()
        try:
            async with asyncio.timeout(deadline.remaining_s()):
                return await asyncio.wrap_future(running)
        except TimeoutError:
            raise DeadlineError(
                "scoring: must end before the request's deadline; it did not"
            ) from None
        finally:
            if running.done():
                self._slots.give(perf_counter() - begin_s)
            else:  # nobody waits for it any more, but it keeps its thread
                self._give_later(running, begin_s)

    def _give_later(self, running: "Future[tuple[Floats, ...]]", begin_s: float) -> None:
        loop = asyncio.get_running_loop()

        def ended(_: object) -> None:
            with suppress(RuntimeError):  # the loop may be closed by then
                loop.call_soon_threadsafe(self._slots.give, perf_counter() - begin_s)

        running.add_done_callback(ended)

    def close(self) -> None:
        """Start no more calls."""
        self.executor.shutdown(wait=False, cancel_futures=True)
