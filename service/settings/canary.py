"""Settings of trials."""

from pydantic import BaseModel, ConfigDict, Field

from service.canary.thresholds import Thresholds


class CanarySettings(BaseModel):
    """Who meets a canary, and what stops it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    canary_key_header: str = Field(default="", pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]*$")
    """Header whose value decides, the same each time, whether the canary gets a request, such as a
    user's id. Empty, or a request without it: the request's id decides."""

    canary_min_requests: int = Field(default=200, ge=1)
    """So many requests of the canary, and of the live version, before their times and scores are
    compared."""

    canary_max_error_rate: float = Field(default=0.01, ge=0, le=1)
    """A canary that fails a larger share of its requests is stopped; of the first
    canary_min_requests as soon as so many have failed."""

    canary_max_latency_ratio: float = Field(default=2.0, ge=1)
    """A canary is stopped whose 95th percentile of the last 1,000 times is more than so many times
    the live version's."""

    canary_latency_floor_ms: float = Field(default=10.0, gt=0)
    """There, a live version that is faster than this counts as this: what is fast enough is no
    reason."""

    canary_max_score_shift: float = Field(default=0.25, gt=0)
    """A canary is stopped whose scores are further from the live version's, by population stability
    index over its trial."""

    @property
    def canary_thresholds(self) -> Thresholds:
        """What a canary is allowed."""
        return Thresholds(
            self.canary_min_requests,
            self.canary_max_error_rate,
            self.canary_max_latency_ratio,
            self.canary_latency_floor_ms,
            self.canary_max_score_shift,
        )
