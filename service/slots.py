"""Whether what is scored beside the event loop keeps up."""

from collections.abc import Callable


class Slots:
    """Counts calls that wait for a thread or run in one.

    Args:
        most: calls that keep the threads busy; what comes beyond waits. ``None`` for no threads.

    Attributes:
        on_room: called when one may start again.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._taken = 0
        self.on_room: Callable[[], None] = _nobody

    @property
    def are_full(self) -> bool:
        """Whether one more call would wait."""
        return self._most is not None and self._taken >= self._most

    def take(self) -> None:
        """Learn of a call."""
        self._taken += 1

    def give(self) -> None:
        """Learn that it has ended."""
        were_full = self.are_full
        self._taken -= 1
        if were_full and not self.are_full:
            self.on_room()


def _nobody() -> None:
    """Nobody waits."""
