"""Lets the first of many equal messages through."""

from time import monotonic


class Quiet:
    """At most so many messages of a kind per second; those left out are counted.

    Args:
        most: messages of a kind in one second.
    """

    def __init__(self, most: int = 1) -> None:
        self._most = most
        self._windows: dict[str, tuple[float, int, int]] = {}

    def admit(self, kind: str, count: int = 1) -> int | None:
        """Ask for one message.

        Args:
            kind: of the message.
            count: so many could be told; all but one are left out whatever the answer is.

        Returns:
            How many of its kind were left out since the last one; ``None`` if it is left out too.
        """
        now = monotonic()
        until_s, told, left_out = self._windows.get(kind, (0.0, 0, 0))
        if now >= until_s:
            until_s, told = now + 1.0, 0
        if told >= self._most:
            self._windows[kind] = until_s, told, left_out + count
            return None
        self._windows[kind] = until_s, told + 1, 0
        return left_out + count - 1
