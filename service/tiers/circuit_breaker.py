"""Stop asking what does not answer."""


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

    def failure(self) -> bool:
        """Record a failure; tells whether it opened the breaker."""
        self._failures += 1
        return self._failures == self._threshold

    def success(self) -> None:
        """Record an answer: close the breaker and forget the failures."""
        self._failures = 0
