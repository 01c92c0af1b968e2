"""How often each tier had what it was asked for."""

import re
import urllib.request

TIERS = ("l1", "redis", "table")
_LINE = re.compile(r'dynint_tier_(hits|misses)_total\{.*tier="(\w+)".*\} (\S+)')


class TierCounts:
    """Reads a gateway's counters; each reading tells what came since the last.

    Args:
        port: of the gateway.
    """

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/metrics"
        self._last = self._read()

    def hit_rates(self) -> dict[str, float]:
        """Give each tier's hits over what it was asked for, of tiers that were asked."""
        now, last = self._read(), self._last
        self._last = now
        rates = {}
        for tier in TIERS:
            hits, misses = (
                now.get((kind, tier), 0.0) - last.get((kind, tier), 0.0)
                for kind in ("hits", "misses")
            )
            if hits + misses:
                rates[tier] = round(hits / (hits + misses), 4)
        return rates

    def _read(self) -> dict[tuple[str, str], float]:
        with urllib.request.urlopen(self._url, timeout=10) as answer:  # noqa: S310  (ours)
            text = answer.read().decode()
        found: dict[tuple[str, str], float] = {}
        for kind, tier, value in _LINE.findall(text):
            found[kind, tier] = found.get((kind, tier), 0.0) + float(value)
        return found
