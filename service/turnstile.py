"""Requests start in turn, and looks at the sockets get their share of the time."""

import asyncio
import itertools
from collections import deque
from time import perf_counter

from service.slots import Slots

_Line = deque[tuple[int, "asyncio.Future[None]"]]

_WEIGHT = 0.2


class Turnstile:
    """Lets requests start in the order they came, with looks at the sockets in between.

    Without the looks, all requests that arrived together would be worked on before anything else is
    read: refusals would come late, and health checks too. But a look takes time: at ten times the
    load there are dozens of requests to be refused at each. So after a look that took long, several
    requests start before the next one: looks have a share of the time, and are never further apart
    than a bound. What is refused waits no longer than that.

    As many as may start before the next look do so as they come, in one turn of the event loop, and
    then those that wait, turn by turn. Those that are scored beside the event loop start while that
    keeps up, and no sooner: what waits there would wait unseen, with all that was made of it.
    Others pass them meanwhile.

    Args:
        slots: of what is scored beside the event loop.
        share: of the time, for looks at the sockets, while requests wait.
        most_s: longest time between two looks, in seconds, unless one request takes longer.
    """

    def __init__(
        self, slots: Slots | None = None, share: float = 0.05, most_s: float = 0.05
    ) -> None:
        self._slots = slots or Slots()
        self._slots.on_room = self._on_room
        self._work_per_look = (1.0 - share) / share
        self._most_s = most_s
        # Those that wait, with their numbers: scored on the event loop, and beside it.
        self._lines: tuple[_Line, _Line] = deque(), deque()
        self._numbers = itertools.count()
        self._woken = 0  # waited, and start in this turn of the event loop or in the next
        self._woken_beside = 0  # of them, those that are scored beside it
        self._now = self._next = 1  # may still start in this turn, and in the next
        self._room = self._slots.room  # and so many of them beside the event loop
        self._turning = False
        self._request_s = 0.0  # what a request takes, in the mean
        self._worked_at_s = 0.0

    @property
    def is_turning(self) -> bool:
        """Whether a request started in this turn of the event loop, or starts in the next."""
        return self._turning or self._woken > 0

    async def enter(self, beside: bool = False) -> None:
        """Wait for the turn; at once while more may start before the next look.

        Args:
            beside: whether it is scored beside the event loop.
        """
        loop = asyncio.get_running_loop()
        is_next = not self._lines[0] and not (beside and (self._lines[1] or self._room < 1))
        if self._now and not self._woken and is_next:
            self._now -= 1
            self._room -= beside
            self._start(loop)
            return
        self._turn_soon(loop)  # before what is woken here
        turn = None
        if is_next and self._next:
            self._promise(beside)
        else:
            turn = loop.create_future()
            self._lines[beside].append((next(self._numbers), turn))
        try:
            await (asyncio.sleep(0) if turn is None else turn)
        finally:
            if turn is None or not turn.cancelled():  # its client may be gone even so
                self._woken -= 1
                self._woken_beside -= beside
                self._start(loop)

    def left(self, spent_s: float) -> None:
        """Learn what a request took from its start to its end, waits for others among it.

        Those waits count, since what goes on after one goes on beside the next look: where requests
        wait, few start at a time.
        """
        self._request_s += _WEIGHT * (spent_s - self._request_s) if self._request_s else spent_s
        self._worked_at_s = perf_counter()

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._worked_at_s = perf_counter()
        self._turn_soon(loop)

    def _turn_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._turning:
            self._turning = True
            loop.call_soon(self._turn, loop)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin a turn: let as many start as the look that has just ended allows."""
        looked_s = perf_counter() - self._worked_at_s
        allowed_s = min(self._most_s, looked_s * self._work_per_look)
        most = max(1, int(allowed_s / self._request_s)) if self._request_s else 1
        self._now, self._next = max(0, most - self._woken), most
        self._room = self._slots.room - self._woken_beside
        self._turning = False
        if self._first() is not None:
            self._turn_soon(loop)
        while self._next and (beside := self._first()) is not None:
            _, turn = self._lines[beside].popleft()
            if not turn.done():  # cancelled: its client has gone
                turn.set_result(None)
                self._promise(beside)

    def _first(self) -> bool | None:
        """Tell in which line the one is that came first of those that may start."""
        here, beside = self._lines
        if beside and self._room > 0 and not (here and here[0] < beside[0]):
            return True
        return False if here else None

    def _on_room(self) -> None:
        """Begin a turn, since one more may start."""
        self._turn_soon(asyncio.get_running_loop())

    def _promise(self, beside: bool) -> None:
        """Let one that waits start in the next turn."""
        self._next -= 1
        self._room -= beside
        self._woken += 1
        self._woken_beside += beside
