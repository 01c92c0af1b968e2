"""What a canary is allowed."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Bounds of a canary's figures; past one of them its trial ends.

    Attributes:
        min_requests: so many requests of it, and of the live release, before they are compared.
        max_error_rate: share of its requests that it may fail, in [0, 1].
        max_latency_ratio: how many times as long as the live release it may take, at a high
            quantile.
        latency_floor_ms: a quantile of the live release below this counts as this, in milliseconds.
        max_score_shift: population stability index of its scores against the live release's.
    """

    min_requests: int
    max_error_rate: float
    max_latency_ratio: float
    latency_floor_ms: float
    max_score_shift: float

    def to_json(self) -> dict[str, float]:
        """Write them as a JSON object."""
        return asdict(self)
