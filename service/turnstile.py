"""Requests start in turn, and looks at the sockets get their share of the time."""

import asyncio
from collections import deque
from time import perf_counter

_WEIGHT = 0.2


class Turnstile:
    """Lets requests start in the order they came, with looks at the sockets in between.

    Without the looks, all requests that arrived together would be worked on before anything else is
    read: refusals would come late, and health checks too. But a look takes time: at ten times the
    load there are dozens of requests to be refused at each. So after a look that took long, several
    requests start before the next one: looks have a share of the time, and are never further apart
    than a bound. What is refused waits no longer than that.

    Args:
        share: of the time, for looks at the sockets, while requests wait.
        most_s: longest time between two looks, in seconds, unless one request takes longer.
    """

    def __init__(self, share: float = 0.05, most_s: float = 0.05) -> None:
        self._work_per_look = (1.0 - share) / share
        self._most_s = most_s
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._turning = False
        self._looked_s = 0.0  # what the last look took
        self._request_s = 0.0  # what a request takes, in the mean
        self._turned_at_s = 0.0

    @property
    def is_turning(self) -> bool:
        """Whether a request started in this turn of the event loop, or starts in the next."""
        return self._turning

    async def enter(self) -> None:
        """Wait for the turn; at once if nobody else is about to start."""
        loop = asyncio.get_running_loop()
        if not self._turning:
            self._turning = True
            loop.call_soon(self._turn, loop)
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def left(self, spent_s: float) -> None:
        """Learn what a request took from its start to its end, waits for others among it.

        Those waits count, since what goes on after one goes on beside the next look: where requests
        wait, few start at a time.
        """
        self._request_s += _WEIGHT * (spent_s - self._request_s) if self._request_s else spent_s

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let as many start as the last look allows; the next look comes before they do."""
        allowed_s = min(self._most_s, self._looked_s * self._work_per_look)
        most = max(1, int(allowed_s / self._request_s)) if self._request_s else 1
        loop.call_soon(self._look_ended)
        started = 0
        while self._waiting and started < most:
            turn = self._waiting.popleft()
            if not turn.done():  # cancelled: its client has gone
                turn.set_result(None)
                started += 1
        self._turned_at_s = perf_counter()
        self._turning = started > 0
        if self._turning:
            loop.call_soon(self._turn, loop)

    def _look_ended(self) -> None:
        self._looked_s = perf_counter() - self._turned_at_s
