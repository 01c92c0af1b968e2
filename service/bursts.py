"""Refusals sent in bursts, so that they have no more than their share of the time."""

import asyncio
from collections.abc import Callable
from time import perf_counter

_WHOLE = 3.4
"""What a refusal takes with its reading, in times of its sending: 32 us and 9.4 us."""


class Bursts:
    """Holds answers back until the next burst.

    Who has its refusal sends the next request: the sooner it is sent, the more there are to refuse,
    on the very thread that parses and answers the others. Where that thread scores too, it looks at
    the sockets seldom enough (``Turnstile``). Where others score, it would refuse whenever nothing
    else is to be done, at the cost of what is to be done next. So after a burst that took long the
    next one waits: bursts have a share of the time, and are never further apart than a bound.

    Args:
        share: of the time, for refusals.
        most_s: longest time between two bursts, in seconds.
    """

    def __init__(self, share: float = 0.05, most_s: float = 0.05) -> None:
        self._wait_per_send = _WHOLE * (1.0 - share) / share
        self._most_s = most_s
        self._held: list[Callable[[], None]] = []
        self._next_s = 0.0

    def hold(self, send: Callable[[], None]) -> None:
        """Send with the next burst."""
        if not self._held:
            loop = asyncio.get_running_loop()
            loop.call_at(max(self._next_s, loop.time()), self._send, loop)
        self._held.append(send)

    def _send(self, loop: asyncio.AbstractEventLoop) -> None:
        held, self._held = self._held, []
        begin = perf_counter()
        for send in held:
            send()
        spent_s = perf_counter() - begin
        self._next_s = loop.time() + min(self._most_s, spent_s * self._wait_per_send)
