"""The metrics of one version, looked up once instead of at each request."""

from prometheus_client import Counter, Histogram

from service.array_histogram import ArrayHistogram
from service.prediction import Prediction
from service.stage_clock import STAGES, StageClock

TIERS = ("l1", "redis", "table")
ABSENCES = ("pruned", "unseen", "unavailable")


class VersionMetrics:
    """Children of the metrics that carry the label ``model_version``.

    Args:
        version: the label's value.
        stages: seconds by stage.
        total: seconds of a request.
        rows: scored rows.
        scores: probabilities.
        hits: by tier.
        misses: by tier.
        absences: by kind.
    """

    def __init__(
        self,
        version: str,
        stages: Histogram,
        total: Histogram,
        rows: Counter,
        scores: ArrayHistogram,
        hits: Counter,
        misses: Counter,
        absences: Counter,
    ) -> None:
        self._stages = [(stage, stages.labels(stage, version)) for stage in STAGES]
        self._total = total.labels(version)
        self._rows = rows.labels(version)
        self._scores = scores.labels(version)
        self._hits = {tier: hits.labels(tier, version) for tier in TIERS}
        self._misses = {tier: misses.labels(tier, version) for tier in TIERS}
        self._absences = {kind: absences.labels(kind, version) for kind in ABSENCES}

    def observe(self, prediction: Prediction, clock: StageClock) -> None:
        """Record an answered request."""
        for stage, histogram in self._stages:
            spent = clock.nanoseconds[stage]
            if spent:
                histogram.observe(spent / 1e9)
        self._total.observe(clock.total_ns / 1e9)
        self._rows.inc(len(prediction.probabilities))
        self._scores.observe(prediction.probabilities)
        found = prediction.embedded
        for tier, count in found.hits.items():
            self._hits[tier].inc(count)
        for tier, count in found.misses.items():
            self._misses[tier].inc(count)
        pruned, unseen = found.absences
        self._absences["pruned"].inc(pruned)
        self._absences["unseen"].inc(unseen)
        self._absences["unavailable"].inc(found.unavailable)
