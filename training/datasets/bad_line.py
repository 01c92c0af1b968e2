"""A line of a log that is not what its format says."""

from typing import NamedTuple


class BadLine(NamedTuple):
    """Where a bad line is and what is wrong with it.

    Args:
        file: the log's path.
        line: its line number in that file, from 1.
        reason: the rule it breaks and what was received.
        kind: the rule in two or three words, for counting.
    """

    file: str
    line: int
    reason: str
    kind: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


def shown(text: str, most: int = 40) -> str:
    """Quote a value from a log for a message, cut to ``most`` characters."""
    return repr(text if len(text) <= most else f"{text[:most]}...")
