"""Stop asking what does not answer."""

import asyncio

import structlog

_log = structlog.get_logger()
_LONGEST = 200
"""Characters of an error that are logged."""


class CircuitBreaker:
    """Opens after several failures in a row; someone else finds out when to close it.

    Args:
        failures: so many in a row open it.
        name: of what it guards, for the log.

    Attributes:
        closed: set while it is closed; wait for it with ``await breaker.closed.wait()``.
    """

    def __init__(self, failures: int, name: str = "redis") -> None:
        self._threshold = failures
        self._name = name
        self._failures = 0
        self.closed = asyncio.Event()
        self.closed.set()

    @property
    def is_open(self) -> bool:
        """Tell whether asking is pointless for now."""
        return self._failures >= self._threshold

    def failure(self, reason: str, error: BaseException) -> None:
        """Record a failure, and open the breaker if it is one too many.

        Args:
            reason: as it is counted.
            error: what happened, for the log; its text must hold no secret and no key or value.
        """
        self._failures += 1
        if self._failures == self._threshold:
            self.closed.clear()
            _log.warning(
                "redis_left_alone",
                server=self._name,
                failures=self._failures,
                reason=reason,
                error=type(error).__name__,
                text=str(error)[:_LONGEST],
            )

    def success(self) -> None:
        """Record an answer: close the breaker and forget the failures."""
        if self.is_open:
            self.closed.set()
            _log.info("redis_in_use_again", server=self._name)
        self._failures = 0
