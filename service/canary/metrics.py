"""What is counted of canaries, for Prometheus."""

from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge

from service.canary.judge import VERDICTS, Judge

State = Literal["loading", "failed", "trial", "stopped"]
STATES: tuple[State, ...] = get_args(State)
_VERSION = "model_version"
_VERSIONS = 8
"""So many canaries' figures are kept, of the last ones."""


class CanaryMetrics:
    """Counters and gauges of the canary.

    Args:
        registry: where they are collected.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._state = Gauge(
            "dynint_canary_state",
            "1 for the canary's version and how it is.",
            [_VERSION, "state"],
            registry=registry,
        )
        self._share = Gauge(
            "dynint_canary_share",
            "Share of the requests that are routed to the canary; 0 without one.",
            registry=registry,
        )
        self._requests = Counter(
            "dynint_canary_requests",
            "Requests that were routed to the canary.",
            [_VERSION],
            registry=registry,
        )
        self._failures = Counter(
            "dynint_canary_failures",
            "Requests that the canary failed and the live version answered.",
            [_VERSION, "reason"],
            registry=registry,
        )
        self._loads = Counter(
            "dynint_canary_loads", "Attempts to load a canary.", ["outcome"], registry=registry
        )
        self._verdicts = Counter(
            "dynint_canary_verdicts",
            "Canaries that this gateway stopped.",
            ["reason"],
            registry=registry,
        )
        for verdict in VERDICTS:  # from 0 on: Prometheus sees the first one as an increase, too
            self._verdicts.labels(verdict)
        self._error_ratio = Gauge(
            "dynint_canary_error_ratio",
            "Share of the canary's requests that it failed, over its trial.",
            registry=registry,
        )
        self._latency_ratio = Gauge(
            "dynint_canary_latency_ratio",
            "Times of the canary over those of the live version, at their 95th percentiles.",
            registry=registry,
        )
        self._score_shift = Gauge(
            "dynint_canary_score_shift",
            "Population stability index of the canary's scores against the live version's.",
            registry=registry,
        )
        self._seen: dict[str, None] = {}

    def show(self, version: str, state: State | None, share: float) -> None:
        """Show the canary and how it is, or with ``None`` that there is none."""
        self._state.clear()
        self._share.set(share)
        if state is None:
            for gauge in (self._error_ratio, self._latency_ratio, self._score_shift):
                gauge.set(0)
            return
        self._state.labels(version, state).set(1)
        self._seen.pop(version, None)
        self._seen[version] = None
        while len(self._seen) > _VERSIONS:
            oldest = next(iter(self._seen))
            del self._seen[oldest]
            for metric in (self._requests, self._failures):
                metric.remove_by_labels({_VERSION: oldest})

    def show_figures(self, judge: Judge) -> None:
        """Show how the canary compares; what is not known yet is 0."""
        self._error_ratio.set(judge.error_rate)
        self._latency_ratio.set(judge.latency_ratio or 0.0)
        self._score_shift.set(judge.score_shift or 0.0)

    def routed(self, version: str) -> None:
        """Count a request."""
        self._requests.labels(version).inc()

    def failed(self, version: str, reason: str) -> None:
        """Count a failure."""
        self._failures.labels(version, reason).inc()

    def tried_to_load(self, outcome: str) -> None:
        """Count an attempt, ``loaded`` or ``failed``."""
        self._loads.labels(outcome).inc()

    def stopped(self, reason: str) -> None:
        """Count a verdict."""
        self._verdicts.labels(reason).inc()
