"""How many requests may wait and be worked on at a time: found out, not guessed."""

from time import monotonic

_LEAST = 4
_DECREASE = 0.8
_PAUSE_S = 0.1


class AdaptiveLimit:
    """Additive increase, multiplicative decrease, on the time that requests wait for their turn.

    While requests start within ``target_s`` of their arrival, and as many as are allowed come, one
    more is let in per limit's worth of them; when one starts later, the limit falls by a fifth, at
    most ten times a second. So under any load the wait stays near the target, whatever the model
    costs on this machine, and what comes beyond is refused at once. While less than half of the
    limit was used in the last tenth of a second, it decides nothing and grows by one with each
    request: a machine that stood still for a moment, now and then, must not lower it for ever.

    Args:
        most: the limit never exceeds it; it starts there.
        target_s: acceptable wait, in seconds.

    Attributes:
        in_flight: requests under way.
        expected: requests that were let in and are about to be under way.
    """

    def __init__(self, most: int, target_s: float) -> None:
        self._most = most
        self._target_s = target_s
        self._value = float(most)
        self._calm_at_s = 0.0
        self._is_used = self._was_used = False  # by half, in this tenth of a second, in the last
        self._used_until_s = 0.0
        self.in_flight = 0
        self.expected = 0

    @property
    def value(self) -> int:
        """The limit now."""
        return int(self._value)

    @property
    def is_reached(self) -> bool:
        """Whether one more request would be too many."""
        return self.in_flight >= int(self._value)

    @property
    def is_spoken_for(self) -> bool:
        """Whether it will be reached when those have come that were let in."""
        return self.in_flight + self.expected >= int(self._value)

    def expect(self) -> None:
        """Learn of a request that was let in."""
        self.expected += 1
        self._note_use()

    def arrived(self) -> None:
        """Learn that it is under way by now, or will not be for a while."""
        self.expected -= 1

    def started(self, waited_s: float, usual_s: float = 0.0) -> None:
        """Learn from a request that has waited so long and now starts.

        Args:
            waited_s: in seconds.
            usual_s: what a request of its kind may wait, if that is more than the target.
        """
        now = monotonic()
        if now >= self._used_until_s:
            self._was_used = self._is_used and now < self._used_until_s + _PAUSE_S
            self._is_used, self._used_until_s = False, now + _PAUSE_S
        self._note_use()
        if waited_s > max(self._target_s, usual_s):
            if now >= self._calm_at_s:
                # What is waiting now came under the old limit: it says nothing of the new one.
                self._calm_at_s = now + _PAUSE_S
                self._value = max(min(_LEAST, self._most), self._value * _DECREASE)
        elif self._value < self._most:
            is_near = self._is_used or self._was_used
            self._value = min(self._most, self._value + (1.0 / self._value if is_near else 1.0))

    def _note_use(self) -> None:
        if 2 * (self.in_flight + self.expected) >= self._value:
            self._is_used = True
