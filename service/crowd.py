"""Whether a request is alone."""

from service.adaptive_limit import AdaptiveLimit
from service.turnstile import Turnstile


class Crowd:
    """What a scorer may know of the requests beside the one that it scores.

    Args:
        limit: counts the requests under way.
        turnstile: where requests wait for their turn.
    """

    def __init__(self, limit: AdaptiveLimit, turnstile: Turnstile) -> None:
        self._limit = limit
        self._turnstile = turnstile

    @property
    def is_alone(self) -> bool:
        """Whether no other request is under way, or read already and about to be."""
        limit = self._limit
        return limit.in_flight <= 1 and limit.expected <= 1  # it is expected itself until it waits

    @property
    def is_coming(self) -> bool:
        """Whether a request started in this turn of the event loop, or starts in the next."""
        return self._turnstile.is_turning
