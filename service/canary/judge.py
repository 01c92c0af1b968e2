"""Is the canary good enough to go on?"""

from collections import Counter, deque
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from service.canary.latency_window import WINDOW, LatencyWindow
from service.canary.score_shift import ScoreShift
from service.canary.thresholds import Thresholds

QUANTILE = 0.95
"""Of the times that are compared."""

Verdict = Literal["errors", "latency", "scores"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


class Judge:
    """Collects what a canary and the live release did, and compares.

    Errors are judged at once. They are too many as soon as the share would be exceeded were
    ``min_requests`` made and no more of them failed, so a canary that fails everything is stopped
    after a few requests; and the same of the last ``WINDOW`` alone, so that one that has been good for
    long and breaks is stopped as soon. Times and scores are compared once both releases have answered
    ``min_requests``.

    Args:
        thresholds: what is allowed.
        usual_s: quantile of the live release's times before the trial, in seconds; ``None`` if it
            is not known.
    """

    def __init__(self, thresholds: Thresholds, usual_s: float | None = None) -> None:
        self._thresholds = thresholds
        self._usual_s = usual_s
        self._seconds = LatencyWindow(WINDOW)
        self._live_seconds = LatencyWindow(WINDOW)
        self._scores = ScoreShift()
        self._failures: Counter[str] = Counter()
        self._recent: deque[bool] = deque(maxlen=WINDOW)
        self._recent_failures = 0

    def answered(self, seconds: float, probabilities: NDArray[np.float32]) -> None:
        """Learn of a request that the canary answered."""
        self._remember(failed=False)
        self._seconds.add(seconds)
        self._scores.add_canary(probabilities)

    def failed(self, reason: str) -> None:
        """Learn of a request that the canary failed."""
        self._failures[reason] += 1
        self._remember(failed=True)

    def _remember(self, *, failed: bool) -> None:
        if len(self._recent) == WINDOW:
            self._recent_failures -= self._recent[0]
        self._recent.append(failed)
        self._recent_failures += failed

    def live_answered(self, seconds: float, probabilities: NDArray[np.float32]) -> None:
        """Learn of a request that the live release answered."""
        self._live_seconds.add(seconds)
        self._scores.add_live(probabilities)

    @property
    def requests(self) -> int:
        """Requests of the canary, answered or failed."""
        return self._seconds.count + self.failures

    @property
    def failures(self) -> int:
        """Requests that the canary failed."""
        return self._failures.total()

    @property
    def error_rate(self) -> float:
        """Share of the canary's requests that it failed."""
        return self.failures / self.requests if self.requests else 0.0

    @property
    def latency_ratio(self) -> float | None:
        """How many times as long the canary takes; ``None`` if too little is known.

            1 + (canary - live) / usual

        ``usual`` is what the live release takes now or took before the trial, whichever is less; if
        nothing has changed since, this is ``canary / live``. A canary that slows the live release
        down too, since they share a model server or a machine, is not excused by it.
        """
        if not self._has_enough:
            return None
        floor_s = self._thresholds.latency_floor_ms / 1e3
        live_s = max(self._live_seconds.quantile(QUANTILE), floor_s)
        usual_s = live_s if self._usual_s is None else min(live_s, max(self._usual_s, floor_s))
        return max(0.0, 1.0 + (self._seconds.quantile(QUANTILE) - live_s) / usual_s)

    @property
    def score_shift(self) -> float | None:
        """Population stability index of the scores; ``None`` if too little is known."""
        return self._scores.index() if self._has_enough else None

    @property
    def _has_enough(self) -> bool:
        least = self._thresholds.min_requests
        return self._seconds.count >= least and self._live_seconds.count >= least

    def has_too_many_errors(self) -> bool:
        """Tell whether more requests failed than may, of all of the trial or of the last ones."""
        rate, least = self._thresholds.max_error_rate, self._thresholds.min_requests
        return self.failures > rate * max(
            self.requests, least
        ) or self._recent_failures > rate * max(len(self._recent), least)

    def verdict(self) -> Verdict | None:
        """Return the first threshold that is passed, one of ``VERDICTS``; ``None`` if none is."""
        if self.has_too_many_errors():
            return "errors"
        ratio, shift = self.latency_ratio, self.score_shift
        if ratio is not None and ratio > self._thresholds.max_latency_ratio:
            return "latency"
        if shift is not None and shift > self._thresholds.max_score_shift:
            return "scores"
        return None

    def figures(self) -> dict[str, Any]:
        """Write down what was measured, as a JSON object."""
        return {
            "requests": self.requests,
            "live_requests": self._live_seconds.count,
            "failures": dict(self._failures),
            "error_rate": self.error_rate,
            "latency_quantile": QUANTILE,
            "latency_seconds": self._seconds.quantile(QUANTILE),
            "live_latency_seconds": self._live_seconds.quantile(QUANTILE),
            "live_latency_seconds_before": self._usual_s,
            "latency_ratio": self.latency_ratio,
            "score_shift": self.score_shift,
        }
