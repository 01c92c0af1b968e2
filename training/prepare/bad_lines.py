"""Bad lines, counted against their limit."""

from collections import Counter
from collections.abc import Iterable
from typing import Self

from model.errors import InvalidInputError
from training.datasets.bad_line import BadLine

_KEPT = 20


class BadLines:
    """Counts bad lines, remembers the first ones, and stops at one too many.

    Args:
        most: how many to skip; not negative.

    Raises:
        InvalidInputError: if ``most`` is negative.
    """

    def __init__(self, most: int) -> None:
        if most < 0:
            raise InvalidInputError(f"max-bad-lines: must be 0 or more; received {most}")
        self._most = most
        self.first: list[BadLine] = []
        self.kinds: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """How many there were."""
        return self.kinds.total()

    @property
    def told(self) -> str:
        """What an error about all lines adds: how many were bad, and the first; or nothing."""
        return f"; bad lines: {self.total:,}, the first {self.first[0]}" if self.first else ""

    def anew(self) -> Self:
        """Make another with the same limit, for a pass before: it sees some of the bad lines."""
        return type(self)(self._most)

    def add(self, found: Iterable[BadLine]) -> None:
        """Count bad lines, given in the log's order.

        Raises:
            InvalidInputError: naming file, line and reason of the first one beyond the limit.
        """
        for bad in found:
            self.kinds[bad.kind] += 1
            if len(self.first) < _KEPT:
                self.first.append(bad)
            if self.total > self._most:
                raise InvalidInputError(self._text(bad))

    def _text(self, last: BadLine) -> str:
        if not self._most:
            hint = "--max-bad-lines N skips up to N such lines"
        else:
            hint = f"bad line {self.total:,} of at most {self._most:,} (--max-bad-lines)"
            hint += f"; the first: {self.first[0]}"
        return f"{last} [{hint}]"
