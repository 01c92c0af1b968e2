"""Gates on what a candidate says of rows that neither it nor the live release has learnt from."""

from collections.abc import Callable, Sequence

import numpy as np

from model.bundle.gates_file import GateResult
from model.errors import InvalidInputError
from training.evaluate.metrics import (
    Logits,
    calibration_ratio,
    normalised_entropy,
)
from training.evaluate.scored import Scored
from training.gates.paired_bootstrap import Paired, paired_bootstrap
from training.gates.stability import stability_index
from training.gates.thresholds import GateThresholds

SCORE_BINS = 10
SAID = 5
"""Slices that a result names."""


def quality_gates(
    candidate: Scored,
    live: Scored | None,
    slices: Sequence[dict[str, object]],
    limits: GateThresholds,
) -> list[GateResult]:
    """Measure a candidate; beside the live release, if there is one.

    Args:
        candidate: its scores.
        live: the live release's, of the same rows in the same order.
        slices: what ``worst_slices`` says of the candidate.
        limits: what it must keep to.

    Raises:
        InvalidInputError: if the two were given other rows, or there is only one class.
    """
    if not np.isfinite(candidate.logits).all():
        count = int((~np.isfinite(candidate.logits)).sum())
        rows = len(candidate.logits)
        reason = f"{count:,} of {rows:,} scores are NaN or infinite"
        return [GateResult("finite scores", False, {"rows": rows, "bad": count}, {}, reason)]
    results = [
        GateResult("finite scores", True, {"rows": len(candidate.logits), "bad": 0}, {}, ""),
        *([] if live is None else _beside(candidate, live, limits)),
        _entropy(candidate, limits),
        _calibration(candidate, limits),
        _slices(slices, limits),
    ]
    if live is not None:
        results.append(_shift(candidate.logits, live.logits, limits))
    return results


def _beside(candidate: Scored, live: Scored, limits: GateThresholds) -> list[GateResult]:
    if not np.array_equal(candidate.labels, live.labels):
        raise InvalidInputError(
            "live: must be scored on the candidate's rows; received others "
            f"({len(live.labels):,} and {len(candidate.labels):,} rows)"
        )
    found = paired_bootstrap(
        candidate.labels,
        candidate.logits,
        live.logits,
        limits.bootstrap_samples,
        limits.confidence,
    )
    return [_not_worse("auc", found, limits), _not_worse("log loss", found, limits)]


def _not_worse(name: str, found: Paired, limits: GateThresholds) -> GateResult:
    is_auc = name == "auc"
    gap = found.auc if is_auc else found.log_loss
    margin = limits.auc_margin if is_auc else limits.log_loss_margin
    passed = gap.low >= -margin if is_auc else gap.high <= margin
    bound, beyond = (gap.low, "below") if is_auc else (gap.high, "above")
    reason = (
        f"{gap.candidate:.5f} beside the live release's {gap.live:.5f}: with confidence "
        f"{found.level:g} it may be {abs(bound):.5f} {beyond}; {margin:g} is allowed"
    )
    measured = {**gap.to_json(), "rows": found.rows, "samples": found.samples}
    return GateResult(
        name,
        passed,
        measured,
        {"margin": margin, "confidence": limits.confidence},
        "" if passed else reason,
    )


def _limit(
    name: str, value: float, limit: float, unit: Callable[[float], str], what: str
) -> GateResult:
    """Pass a figure up to a limit."""
    passed = value <= limit
    reason = "" if passed else f"{what} is {unit(value)}; {unit(limit)} is allowed"
    return GateResult(name, passed, {"value": value}, {"max": limit}, reason)


def _entropy(candidate: Scored, limits: GateThresholds) -> GateResult:
    value = normalised_entropy(candidate.labels, candidate.logits)
    what = "the LogLoss over that of always answering the positive rate"
    return _limit("normalised entropy", value, limits.max_normalised_entropy, "{:.4f}".format, what)


def _calibration(candidate: Scored, limits: GateThresholds) -> GateResult:
    ratio = calibration_ratio(candidate.labels, candidate.logits)
    passed = abs(ratio - 1) <= limits.calibration_tolerance
    reason = f"{ratio:.4f} clicks are predicted per click; 1 within {limits.calibration_tolerance:g} is allowed"
    return GateResult(
        "calibration",
        passed,
        {"ratio": ratio, "clicks": float(candidate.labels.sum())},
        {"tolerance": limits.calibration_tolerance},
        "" if passed else reason,
    )


def _slices(slices: Sequence[dict[str, object]], limits: GateThresholds) -> GateResult:
    """Refuse slices that are off both by more than is allowed and by more than chance."""

    def is_off(found: dict[str, object]) -> bool:
        ratio, deviation = found["ratio"], found["deviation"]
        far = not isinstance(ratio, float) or abs(ratio - 1) > limits.slice_tolerance
        return far and isinstance(deviation, float) and abs(deviation) > limits.slice_deviation

    off = [found for found in slices if is_off(found)]
    worst = [
        {key: found[key] for key in ("field", "level", "rows", "ratio", "deviation")}
        for found in (off or slices)[:SAID]
    ]
    threshold = {
        "tolerance": limits.slice_tolerance,
        "deviation": limits.slice_deviation,
        "rows": limits.slice_rows,
    }
    reason = (
        f"{len(off)} slices are off, first {off[0]['field']!r}: {off[0]['ratio']} clicks are "
        f"predicted per click in {off[0]['rows']} rows"
        if off
        else ""
    )
    return GateResult(
        "calibration of slices", not off, {"off": len(off), "worst": worst}, threshold, reason
    )


def _shift(candidate: Logits, live: Logits, limits: GateThresholds) -> GateResult:
    shift = score_shift(candidate, live)
    what = "the population stability index of the scores beside the live release's"
    return _limit("score shift", shift, limits.max_score_shift, "{:.3f}".format, what)


def score_shift(candidate: Logits, live: Logits) -> float:
    """Return the stability index of two models' scores, over the deciles of the live one's."""
    edges = np.unique(np.quantile(live, np.arange(1, SCORE_BINS) / SCORE_BINS))
    counts = [
        np.bincount(np.searchsorted(edges, scores, side="right"), minlength=len(edges) + 1)
        for scores in (live, candidate)
    ]
    return stability_index(*counts)
