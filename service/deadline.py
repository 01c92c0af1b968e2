"""When a request's time is up."""

import time
from typing import Self

from service.errors import DeadlineError


class Deadline:
    """A point on the monotonic clock; the wall clock may jump, this one does not.

    Args:
        at_s: reading of ``time.monotonic`` at which the time is up, in seconds.
    """

    __slots__ = ("_at_s",)

    def __init__(self, at_s: float) -> None:
        self._at_s = at_s

    @classmethod
    def after_ms(cls, milliseconds: float) -> Self:
        """Make the deadline that is so far from now."""
        return cls(time.monotonic() + milliseconds / 1000.0)

    def remaining_s(self) -> float:
        """Return the seconds that are left; negative once the time is up."""
        return self._at_s - time.monotonic()

    def check(self, doing: str) -> None:
        """Go on only if there is time.

        Raises:
            DeadlineError: if the time is up.
        """
        if self.remaining_s() <= 0.0:
            raise DeadlineError(f"{doing}: must start before the request's deadline; it has passed")
