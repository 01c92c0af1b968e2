"""A row in a cache that must not be used."""

from model.errors import DynIntError


class CorruptRowError(DynIntError):
    """The bytes are not the row that was asked for: a miss.

    Args:
        reason: ``truncated``, ``header``, ``width`` or ``checksum``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"cached row: must be whole and of this release; received a bad {reason}")
        self.reason = reason
