"""The ``[gates]`` table of a retraining's configuration."""

import math
from dataclasses import asdict, dataclass

from training.option_table import Table, require


@dataclass(frozen=True)
class GateThresholds(Table):
    """What a candidate must keep to.

    Args:
        auc_margin: how much lower than the live release's the AUC may be, with confidence.
        log_loss_margin: how much higher the LogLoss may be, in nats, with confidence.
        confidence: of both: the lower bound of a central interval of this level must keep to the
            margin.
        bootstrap_samples: resamples behind it.
        max_normalised_entropy: LogLoss over that of always answering the positive rate.
        calibration_tolerance: the predicted clicks per click may be off 1 by so much.
        slice_tolerance: the same for each level of a field with ``slice_rows`` rows.
        slice_deviation: a slice is refused only if chance explains it this badly, in standard
            deviations: hundreds of slices are looked at.
        slice_rows: levels with fewer rows are no slices.
        max_score_shift: population stability index of the scores, over the live release's deciles.
        max_certificate: relative logit difference of the folded and the trained network.
        max_parity: difference of a probability between trainer, SavedModel, model server and
            gateway.
        parity_rows: raw rows that take all these ways.
        latency_p99_ms: of requests to the candidate's own gateway, one at a time.
        latency_rows: rows of each of these requests.
        latency_requests: how many there are.
        max_megabytes: size of the bundle.

    Raises:
        InvalidInputError: for a value outside its rule.
    """

    auc_margin: float = 0.002
    log_loss_margin: float = 0.002
    confidence: float = 0.9
    bootstrap_samples: int = 200
    max_normalised_entropy: float = 0.99
    calibration_tolerance: float = 0.1
    slice_tolerance: float = 0.5
    slice_deviation: float = 5.0
    slice_rows: int = 500
    max_score_shift: float = 0.25
    max_certificate: float = 1e-5
    max_parity: float = 1e-6
    parity_rows: int = 500
    latency_p99_ms: float = 50.0
    latency_rows: int = 100
    latency_requests: int = 200
    max_megabytes: float = 20_000.0

    def __post_init__(self) -> None:
        """Check the rules."""
        for name, value in asdict(self).items():
            require(0 < value < math.inf, name, "must be above 0 and finite", value)
        require(
            self.bootstrap_samples >= 20,
            "bootstrap_samples",
            "must be at least 20",
            self.bootstrap_samples,
        )
        require(self.confidence < 1, "confidence", "must be below 1", self.confidence)
