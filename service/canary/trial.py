"""One canary beside the live release, in this gateway."""

from dataclasses import replace

import numpy as np
import structlog
from numpy.typing import NDArray

from model.features import fingerprint
from service.canary.failures import reason_of
from service.canary.judge import QUANTILE, Judge, Verdict
from service.canary.metrics import CanaryMetrics
from service.canary.thresholds import Thresholds
from service.quiet import Quiet
from service.release import Release

_log = structlog.get_logger()


class Trial:
    """Chooses the canary's requests, and keeps account of how it does.

        chosen = Fingerprint64(model=key in UTF-8) < share * 2^64

    So a key that is chosen is chosen again, by every gateway, and by every larger share.

    Args:
        release: the canary, loaded and warm.
        live: the release that it is compared with.
        share: part of the keys, in (0, 1].
        thresholds: what it is allowed.
        metrics: counts what becomes of its requests.

    Attributes:
        release: answers the canary's requests, without keeping the event loop.
        live: as given.
        thresholds: as given.
        judge: knows the figures.
        verdict: why no more requests are chosen; ``None`` while some are.
    """

    def __init__(
        self,
        release: Release,
        live: Release,
        share: float,
        thresholds: Thresholds,
        metrics: CanaryMetrics,
    ) -> None:
        self.release = replace(release, scorer=release.scorer.beside())
        self.live = live
        self.thresholds = thresholds
        is_known = live.times.count >= thresholds.min_requests
        self.judge = Judge(thresholds, live.times.quantile(QUANTILE) if is_known else None)
        self.verdict: Verdict | None = None
        self._metrics = metrics
        self._quiet = Quiet()
        self.share = share

    @property
    def share(self) -> float:
        """Part of the keys that are chosen."""
        return self._share

    @share.setter
    def share(self, share: float) -> None:
        self._share = share
        self._bound = int(share * 2**64)

    def takes(self, key: str) -> bool:
        """Tell whether the canary gets the requests with a key, and count this one if so."""
        if self.verdict is not None or fingerprint(self.release.model, key) >= self._bound:
            return False
        self._metrics.routed(self.release.version)
        return True

    def answered(self, seconds: float, probabilities: NDArray[np.float32]) -> None:
        """Learn of a request that the canary answered, and how long that took."""
        self.judge.answered(seconds, probabilities)

    def live_answered(self, seconds: float, probabilities: NDArray[np.float32]) -> None:
        """Learn of a request that the live release answered, and how long that took."""
        self.judge.live_answered(seconds, probabilities)

    def note(self, error: Exception) -> str:
        """Tell the log what the canary failed with; returns the reason, one of ``REASONS``."""
        reason = reason_of(error)
        if reason != "input":  # which is the caller's, unless the live release takes it
            left_out = self._quiet.admit(reason)
            if left_out is not None:
                _log.warning(
                    "canary_failed",
                    version=self.release.version,
                    reason=reason,
                    error=type(error).__name__,
                    text=str(error),
                    notes=getattr(error, "__notes__", []),
                    exc_info=error if reason == "internal" else None,
                    left_out=left_out,
                )
        return reason

    def failed(self, reason: str) -> None:
        """Hold a failure against the canary: the live release has answered the request."""
        self._metrics.failed(self.release.version, reason)
        self.judge.failed(reason)
        if self.verdict is None and self.judge.has_too_many_errors():
            self.verdict = "errors"

    def look(self) -> Verdict | None:
        """Compare the canary with the live release, and return the verdict if there is one."""
        if self.verdict is None:
            self.verdict = self.judge.verdict()
        return self.verdict
