"""What is counted of callers, for Prometheus."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge

OUTCOMES = ("admitted", "limited")
"""What becomes of a known caller's request at the door."""

REASONS = ("no_key", "unknown_key")
"""Why a request has no caller."""

LOADS = ("loaded", "refused")
"""How reading a changed file of keys ends."""


class AccessMetrics:
    """Counters and gauges of keys and limits.

    Args:
        registry: where they are collected.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._callers = Counter(
            "dynint_caller_requests",
            "Requests with a key, by whose it is, and what became of them at the door.",
            ["caller", "outcome"],
            registry=registry,
        )
        self._refused = Counter(
            "dynint_refused_keys",
            "Requests without a key that is known.",
            ["reason"],
            registry=registry,
        )
        self._limited = Counter(
            "dynint_limited_requests",
            "Requests of callers that were over a limit of theirs.",
            ["limit"],
            registry=registry,
        )
        self._loads = Counter(
            "dynint_api_key_loads",
            "Files of API keys that were read: at the start, and changed ones.",
            ["outcome"],
            registry=registry,
        )
        self.keys = Gauge("dynint_api_keys", "API keys that are known.", registry=registry)
        self._file_refused = Gauge(
            "dynint_api_keys_file_refused",
            "1 while the file of API keys is one that was refused: the keys from before are used.",
            registry=registry,
        )
        self._admitted: dict[str, Counter] = {}

    def admitted(self, caller: str) -> None:
        """Count a request that was let in."""
        counter = self._admitted.get(caller)
        if counter is None:
            counter = self._admitted[caller] = self._callers.labels(caller, "admitted")
        counter.inc()

    def limited(self, caller: str, limit: str) -> None:
        """Count a request over a limit; ``caller`` is empty where there are no keys."""
        self._limited.labels(limit).inc()
        if caller:
            self._callers.labels(caller, "limited").inc()

    def refused(self, reason: str) -> None:
        """Count a request without a key that is known."""
        self._refused.labels(reason).inc()

    def loaded(self, keys: int, gone: Iterable[str] = ()) -> None:
        """Note how many keys there are; figures of callers that are gone go with them."""
        self.keys.set(keys)
        self._loads.labels("loaded").inc()
        self._file_refused.set(0)
        for caller in gone:
            self._admitted.pop(caller, None)
            self._callers.remove_by_labels({"caller": caller})

    def not_loaded(self) -> None:
        """Count a file that was refused, and note that it stands."""
        self._loads.labels("refused").inc()
        self._file_refused.set(1)
