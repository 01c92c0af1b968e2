"""How many bytes of bodies may be held at a time, over all requests."""

from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import OverloadedError


class Reading:
    """The bytes of one body, counted as they come.

    Args:
        budget: what they are taken from.
    """

    __slots__ = ("_budget", "size")

    def __init__(self, budget: "BodyBudget") -> None:
        self._budget = budget
        self.size = 0

    def add(self, size: int) -> None:
        """Count bytes that came.

        Raises:
            OverloadedError: if all bodies together are too many bytes.
        """
        self.size += size
        self._budget.take(size)


class BodyBudget:
    """A bound of the memory that bodies take: many large ones at once would otherwise use it up.

    Args:
        most: bytes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.held = 0

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Count a body from its first byte to its answer."""
        reading = Reading(self)
        try:
            yield reading
        finally:
            self.held -= reading.size

    def take(self, size: int) -> None:
        """Count bytes; raises as ``Reading.add``."""
        self.held += size
        if self.held > self._most:
            raise OverloadedError(
                f"bodies: all together must be at most {self._most:,} bytes; there are more. Try again"
            )
