"""A rate with a burst."""

from typing import Self


class TokenBucket:
    """Holds tokens that come back at a rate; full at first.

    Args:
        rate: tokens per second.
        most: tokens that it holds.
        now_s: reading of a monotonic clock, in seconds.
    """

    __slots__ = ("_at_s", "_left", "_most", "_rate")

    def __init__(self, rate: float, most: float, now_s: float) -> None:
        self._rate = rate
        self._most = most
        self._left = most
        self._at_s = now_s

    def under(self, rate: float, most: float, now_s: float) -> Self:
        """Make a bucket of another rate, with no more in it than there is in this one."""
        self._fill(now_s)
        other = type(self)(rate, most, now_s)
        other._left = min(most, self._left)
        return other

    def wait_s(self, now_s: float, tokens: float = 1.0) -> float:
        """Tell in how many seconds so many tokens will be there; 0 if they are."""
        self._fill(now_s)
        missing = tokens - self._left
        return missing / self._rate if missing > 0.0 else 0.0

    def _fill(self, now_s: float) -> None:
        left = self._left + (now_s - self._at_s) * self._rate
        self._left = left if left < self._most else self._most
        self._at_s = now_s

    def take(self, tokens: float = 1.0) -> None:
        """Take tokens, also such as are not there: nothing comes back before that debt is paid."""
        self._left -= tokens
