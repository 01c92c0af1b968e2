"""Whether what is scored beside the event loop keeps up."""

from collections.abc import Callable

_WEIGHT = 0.2


class Slots:
    """Counts calls that wait for a thread or run in one.

    Args:
        most: calls that keep the threads busy; what comes beyond waits. ``None`` for no threads.
        least_rows: rows from which a request is scored in a thread when there is company.

    Attributes:
        on_room: called when one may start again.
        call_s: what a call takes, in the mean, in seconds.
    """

    def __init__(self, most: int | None = None, least_rows: int = 0) -> None:
        self._most = most
        self._least_rows = least_rows
        self._taken = 0
        self._row_bytes = 0.0
        self.on_room: Callable[[], None] = _nobody
        self.call_s = 0.0

    @property
    def room(self) -> int:
        """How many more calls would not wait."""
        return 1 if self._most is None else max(0, self._most - self._taken)

    def needs_one(self, body_bytes: int) -> bool:
        """Tell whether a request is one of those that are scored in threads, by its size.

        How many rows it has is not known before it is parsed: it is guessed by what rows took so
        far. Who guesses wrong lets one start too early, or has it wait for nothing.
        """
        if self._most is None or not self._row_bytes:
            return False
        return body_bytes >= self._least_rows * self._row_bytes

    def learn(self, body_bytes: int, rows: int) -> None:
        """Learn from a request that was parsed how many rows it has."""
        found = body_bytes / max(1, rows)
        self._row_bytes += _WEIGHT * (found - self._row_bytes) if self._row_bytes else found

    def take(self) -> None:
        """Learn of a call."""
        self._taken += 1

    def give(self, spent_s: float) -> None:
        """Learn that it has ended, and what it took, its wait for a thread included."""
        had_room = self.room > 0
        self._taken -= 1
        self.call_s += _WEIGHT * (spent_s - self.call_s)
        if not had_room and self.room:
            self.on_room()


def _nobody() -> None:
    """Nobody waits."""
