"""How fast refusals are given, so that they leave time for scores."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

_TICK_S = 0.005
_BURST_S = 0.02


class RefusalPace:
    """Answers at once while refusals are few, and up to ``most_delay_s`` later while they are many.

    A refusal costs a twentieth of a millisecond, most of it in the system's network code. A client
    that waits for its refusal sends nothing meanwhile: the more there are, the later they are told,
    and the less of the time that scores need goes into saying no.

    Args:
        per_second: refusals that are given without delay.
        most_delay_s: longest delay, in seconds.
    """

    def __init__(self, per_second: float = 1000.0, most_delay_s: float = 0.2) -> None:
        self._per_second = per_second
        self._most_delay_s = most_delay_s
        self._allowed = self._burst = per_second * _BURST_S
        self._counted_at_s = monotonic()
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque()

    def ask(self, answer: Callable[[], None]) -> None:
        """Have a refusal given, in the order of asking; ``answer`` must not raise."""
        now = monotonic()
        self._count(now)
        if not self._waiting and self._allowed >= 1.0:
            self._allowed -= 1.0
            answer()
            return
        if not self._waiting:
            asyncio.get_running_loop().call_later(_TICK_S, self._tick)
        self._waiting.append((now + self._most_delay_s, answer))

    def _count(self, now: float) -> None:
        earned = (now - self._counted_at_s) * self._per_second
        self._allowed = min(self._burst, self._allowed + earned)
        self._counted_at_s = now

    def _tick(self) -> None:
        now = monotonic()
        self._count(now)
        while self._waiting and (self._allowed >= 1.0 or now >= self._waiting[0][0]):
            self._allowed = max(self._allowed - 1.0, 0.0)
            _, answer = self._waiting.popleft()
            answer()
        if self._waiting:
            asyncio.get_running_loop().call_later(_TICK_S, self._tick)
