"""What one caller has left of its limits."""

from math import ceil
from typing import Self

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
        before: what the caller had under other limits: no change of a limit gives a new burst.
    """

    __slots__ = ("_requests", "_rows", "rate")

    def __init__(self, rate: Rate, now_s: float, before: Self | None = None) -> None:
        self.rate = rate
        self._requests: TokenBucket | None = _bucket(
            before._requests if before else None, rate.requests, float(rate.at_once), now_s
        )
        self._rows: TokenBucket | None = _bucket(
            before._rows if before else None, rate.rows, max(1.0, rate.rows or 0.0), now_s
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


def _bucket(
    before: TokenBucket | None, rate: float | None, most: float, now_s: float
) -> TokenBucket | None:
    if rate is None:
        return None
    return TokenBucket(rate, most, now_s) if before is None else before.under(rate, most, now_s)


def _whole(seconds: float) -> int:
    return max(1, ceil(seconds))
