"""How much a caller may ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

Limits = Mapping[str, float | None]
"""Limits of one caller: ``requests``, ``burst`` and ``rows``, as far as they are given."""

LEAST, MOST, MOST_AT_ONCE = 1e-6, 10**12, 999_999_999
"""Between which a rate lies, and a burst's upper bound: what a line of the file of keys can say."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A caller's limits; ``None`` is none.

    Attributes:
        requests: per second.
        burst: requests at once after a pause; 0 is what a second allows, and one at least.
        rows: scored rows per second.
    """

    requests: float | None = None
    burst: int = 0
    rows: float | None = None

    @property
    def at_once(self) -> int:
        """Requests at once after a pause."""
        return self.burst or max(1, int(self.requests or 0))

    def but(self, limits: Limits) -> Self:
        """Put other limits in the place of these; a burst goes with its requests per second."""
        burst = 0 if "requests" in limits else self.burst
        return type(self)(
            limits.get("requests", self.requests),
            int(limits.get("burst") or burst),
            limits.get("rows", self.rows),
        )
