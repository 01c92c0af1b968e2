"""Stop asking what does not answer."""

import structlog

_log = structlog.get_logger()


class CircuitBreaker:
    """Opens after several failures in a row; someone else finds out when to close it.

    Args:
        failures: so many in a row open it.
    """

    def __init__(self, failures: int) -> None:
        self._threshold = failures
        self._failures = 0

    @property
    def is_open(self) -> bool:
        """Tell whether asking is pointless for now."""
        return self._failures >= self._threshold

    def failure(self, reason: str) -> None:
        """Record a failure, and open the breaker if it is one too many."""
        self._failures += 1
        if self._failures == self._threshold:
            _log.warning("redis_left_alone", failures=self._failures, reason=reason)

    def success(self) -> None:
        """Record an answer: close the breaker and forget the failures."""
        if self.is_open:
            _log.info("redis_in_use_again")
        self._failures = 0
