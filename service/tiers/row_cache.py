"""The port of the second tier, and its fake."""

from collections.abc import Sequence
from typing import Protocol

from service.errors import CacheUnavailableError
from service.tiers.pending_rows import PendingRows


class RowCache(Protocol):
    """Keeps rows outside of the process. Losing it loses nothing."""

    async def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Read values, in the order of the keys; ``None`` for those that are not there.

        Raises:
            CacheUnavailableError: if it does not answer within its budget.
        """
        ...

    def offer(self, rows: PendingRows) -> None:
        """Hand over rows to be written some time, or never; returns at once."""
        ...


class InMemoryRowCache:
    """The fake: a dict. What is offered is written at once.

    Attributes:
        values: key to value; tests put damaged ones in.
        down: reason of the next reads' failure, or ``None``.
        asked: keys of each read.
    """

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.down: str | None = None
        self.asked: list[list[bytes]] = []

    async def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Read from the dict."""
        if self.down is not None:
            raise CacheUnavailableError(self.down)
        self.asked.append(list(keys))
        return [self.values.get(key) for key in keys]

    def offer(self, rows: PendingRows) -> None:
        """Write to the dict."""
        self.values.update(rows.entries())
