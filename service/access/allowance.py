"""What one caller has left of its limits."""

from math import ceil

from service.access.rate import Rate
from service.access.token_bucket import TokenBucket
from service.errors import RateLimitError


class Allowance:
    """The buckets of one caller.

    How many rows a request has is known once it is read: it is let in while the caller owes none, and
    its rows are paid when it is scored. So one large request may be followed by a pause, and what
    failed costs no rows.

    Args:
        rate: the caller's limits.
        now_s: reading of a monotonic clock, in seconds.
    """

    __slots__ = ("_requests", "_rows", "rate")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self.rate = rate
        self._requests = (
            None
            if rate.requests is None
            else TokenBucket(rate.requests, float(rate.at_once), now_s)
        )
        self._rows = (
            None if rate.rows is None else TokenBucket(rate.rows, max(1.0, rate.rows), now_s)
        )

    def admit(self, now_s: float) -> None:
        """Let a request in.

        Raises:
            RateLimitError: naming the limit that it is over, and when it will not be.
        """
        if self._rows is not None:
            wait_s = self._rows.wait_s(now_s)
            if wait_s:
                raise RateLimitError(
                    f"rows: must be at most {self.rate.rows:g} per second; received more. "
                    f"Try again in {_whole(wait_s)} s, or send fewer rows",
                    "rows",
                    _whole(wait_s),
                )
        if self._requests is not None:
            wait_s = self._requests.wait_s(now_s)
            if wait_s:
                raise RateLimitError(
                    f"requests: must be at most {self.rate.requests:g} per second, "
                    f"{self.rate.at_once:,} at once; received more. "
                    f"Try again in {_whole(wait_s)} s, or put more rows into a request",
                    "requests",
                    _whole(wait_s),
                )
            self._requests.take()

    def pay(self, rows: int) -> None:
        """Pay for the rows of a request that was scored."""
        if self._rows is not None:
            self._rows.take(rows)


def _whole(seconds: float) -> int:
    return max(1, ceil(seconds))
