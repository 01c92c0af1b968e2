"""How many calls may be sent a second time."""

from collections.abc import Callable
from time import monotonic


class RetryBudget:
    """A token bucket: a share of the requests, and a small number a second, may be retried.

    So a scorer that fails gets at most that much more load for it, and a few requests are enough to
    retry after a quiet time.

    Args:
        share: tokens that a request brings.
        per_second: tokens that come with time.
        most: tokens that the bucket holds; it starts full.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        share: float = 0.1,
        per_second: float = 10.0,
        most: float = 100.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._share = share
        self._per_second = per_second
        self._most = most
        self._clock = clock
        self._tokens = most
        self._filled_at_s = clock()

    def earn(self) -> None:
        """Count a request."""
        self._tokens = min(self._tokens + self._share, self._most)

    def spend(self) -> bool:
        """Take a token for a retry; False if there is none, and nothing may be retried."""
        now = self._clock()
        gained = (now - self._filled_at_s) * self._per_second
        self._tokens = min(self._tokens + gained, self._most)
        self._filled_at_s = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
