"""What is counted and timed, for Prometheus."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from service.access.metrics import AccessMetrics
from service.adaptive_limit import AdaptiveLimit
from service.array_histogram import ArrayHistogram
from service.canary.metrics import CanaryMetrics
from service.prediction import Prediction
from service.release import Release
from service.releases import Releases
from service.stage_clock import StageClock
from service.version_metrics import VersionMetrics

BUCKETS_S = (
    *(0.00025, 0.0005, 0.00075, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.006, 0.008),
    *(0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
"""Upper bounds of the latency buckets, in seconds, from 0.25 ms."""

BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64)
"""Upper bounds of the buckets for requests in one call."""

SCORE_BUCKETS = (
    *(float(f"{first}e{power}") for power in (-4, -3, -2, -1) for first in (1, 1.5, 2, 3, 5, 7)),
    1.0,
)
"""Upper bounds of the probabilities' buckets: six to each power of ten, from 0.0001."""

GATE_BUCKETS = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Upper bounds of the shares' buckets."""

_VERSION = "model_version"
_VERSIONS = 8
"""So many versions' figures are kept, of those that were live or on trial last."""


class Metrics:
    """The gateway's metrics, in a registry of their own.

    Attributes:
        registry: what ``GET /metrics`` writes.
        canary: those of the canary.
        access: those of keys and limits.
    """

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._stages = Histogram(
            "dynint_stage_seconds",
            "Time of one stage of a request.",
            ["stage", _VERSION],
            buckets=BUCKETS_S,
            registry=registry,
        )
        self._total = Histogram(
            "dynint_predict_seconds",
            "Time of a scored request, from the end of its body to its answer.",
            [_VERSION],
            buckets=BUCKETS_S,
            registry=registry,
        )
        self.requests = Counter(
            "dynint_requests", "Answered requests.", ["route", "status"], registry=registry
        )
        self._rows = Counter("dynint_rows", "Scored rows.", [_VERSION], registry=registry)
        self._scores = ArrayHistogram(
            "dynint_score",
            "Probabilities that were answered.",
            [_VERSION],
            SCORE_BUCKETS,
            registry,
        )
        self.gate_saturation = ArrayHistogram(
            "dynint_gate_saturation",
            "Share of a gate's outputs at their bounds, by row of sampled requests.",
            [_VERSION, "layer"],
            GATE_BUCKETS,
            registry,
        )
        self._hits = Counter(
            "dynint_tier_hits",
            "What an embedding tier had: values (l1), distinct levels (redis), distinct values (table).",
            ["tier", _VERSION],
            registry=registry,
        )
        self._misses = Counter(
            "dynint_tier_misses",
            "What an embedding tier was asked for and did not have.",
            ["tier", _VERSION],
            registry=registry,
        )
        self._absences = Counter(
            "dynint_absences",
            "Values without a row of their own: pruned (a row of zeros), unseen (not in the "
            "vocabulary); unavailable: levels that a failed tier was asked for.",
            ["kind", _VERSION],
            registry=registry,
        )
        self._degraded = Counter(
            "dynint_degraded", "Answers flagged as degraded.", ["reason"], registry=registry
        )
        self._rejected = Counter(
            "dynint_redis_rejected_rows",
            "Rows from Redis that were not what was asked for, or damaged.",
            ["reason"],
            registry=registry,
        )
        self.redis_errors = Counter(
            "dynint_redis_errors",
            "Failed operations on Redis.",
            ["operation", "reason"],
            registry=registry,
        )
        self.redis_written = Counter(
            "dynint_redis_written_rows", "Rows written to Redis.", registry=registry
        )
        self._retries = Counter(
            "dynint_scorer_retries",
            "Requests that met a model server that was gone: sent to one again, or not (no_budget).",
            ["outcome"],
            registry=registry,
        )
        self.batch_requests = Histogram(
            "dynint_scorer_batch_requests",
            "Small requests that one call of the embedded scorer was for.",
            buckets=BATCH_BUCKETS,
            registry=registry,
        )
        self.redis_skipped = Counter(
            "dynint_redis_skipped_levels",
            "Levels that Redis was not asked for, as a request's Redis budget was too short for all.",
            registry=registry,
        )
        self._unknown = Counter(
            "dynint_unknown_fields", "Unknown fields that were ignored.", registry=registry
        )
        self.release_loads = Counter(
            "dynint_release_loads", "Attempts to load a release.", ["outcome"], registry=registry
        )
        self.live = Gauge(
            "dynint_live_version",
            "1 for the version that is served.",
            ["model", _VERSION],
            registry=registry,
        )
        self._not_live = Gauge(
            "dynint_release_not_live",
            "1 while the version that current.json names is not the one that answers.",
            registry=registry,
        )
        self._servers = Gauge(
            "dynint_model_server_used",
            "1 for a model server that takes this gateway's requests to the live version.",
            ["server"],
            registry=registry,
        )
        self.in_flight = Gauge(
            "dynint_in_flight_requests", "Requests that are worked on.", registry=registry
        )
        self._limit = Gauge(
            "dynint_concurrency_limit", "Requests that may be under way now.", registry=registry
        )
        self.canary = CanaryMetrics(registry)
        self.access = AccessMetrics(registry)
        self._of_version: dict[str, VersionMetrics] = {}
        self._answered: dict[str, None] = {}
        self._live_version = ""

    def watch(self, limit: AdaptiveLimit) -> None:
        """Show how many requests are under way, and how many may be."""
        self.in_flight.set_function(lambda: limit.in_flight)
        self._limit.set_function(lambda: limit.value)

    def follow(self, releases: Releases, servers: tuple[str, ...]) -> None:
        """Show whether the pointer's version answers, and which of the model servers are used."""
        self._not_live.set_function(lambda: float(bool(releases.problem)))
        for server in servers:
            self._servers.labels(server).set_function(partial(_is_used, releases, server))

    def set_live(self, release: Release) -> None:
        """Note which version is served."""
        self.live.clear()
        self.live.labels(release.model, release.version).set(1)
        self._live_version = release.version
        self._keep(release.version)

    def set_canary(self, release: Release) -> None:
        """Note which version answers beside the live one."""
        self._keep(release.version)

    def _keep(self, version: str) -> None:
        """Keep a version's figures, and the live one's, before all others'."""
        for each in (version, self._live_version):
            self._answered.pop(each, None)
            self._answered[each] = None
        while len(self._answered) > _VERSIONS:
            self._forget(next(iter(self._answered)))

    def _forget(self, version: str) -> None:
        """Drop the figures of a version of long ago: every night brings another one."""
        del self._answered[version]
        self._of_version.pop(version, None)
        for metric in (
            self._stages,
            self._total,
            self._rows,
            self._hits,
            self._misses,
            self._absences,
            self._scores,
            self.gate_saturation,
        ):
            metric.remove_by_labels({_VERSION: version})

    def count_release_load(self, outcome: str) -> None:
        """Count an attempt to load a release."""
        self.release_loads.labels(outcome).inc()

    def count_scorer_retry(self, outcome: str) -> None:
        """Count a request that met a model server that was gone."""
        self._retries.labels(outcome).inc()

    def count_redis_error(self, operation: str, reason: str) -> None:
        """Count a failed operation on Redis."""
        self.redis_errors.labels(operation, reason).inc()

    def observe(self, prediction: Prediction, clock: StageClock) -> None:
        """Record an answered request."""
        version = self._of_version.get(prediction.version)
        if version is None:
            version = self._of_version[prediction.version] = VersionMetrics(
                prediction.version,
                self._stages,
                self._total,
                self._rows,
                self._scores,
                self._hits,
                self._misses,
                self._absences,
            )
        version.observe(prediction, clock)
        for reason in prediction.embedded.degraded:
            self._degraded.labels(reason).inc()
        for reason, count in prediction.embedded.rejected.items():
            self._rejected.labels(reason).inc(count)
        if prediction.ignored_fields:
            self._unknown.inc(prediction.ignored_fields)


def _is_used(releases: Releases, server: str) -> float:
    live = releases.live
    return float(live is not None and server in live.scorer.servers())
