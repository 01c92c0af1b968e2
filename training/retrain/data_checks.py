"""Is the new data fit to learn from? Checks beside the live release's data."""

import numpy as np

from model.bundle.gates_file import GateResult
from training.gates.stability import bins_of_levels, stability_index
from training.retrain.options import CheckOptions
from training.retrain.profile import Profile

SAID = 5
"""Fields that a result names."""


def check_data(
    new: Profile, live: Profile, limits: CheckOptions, smallest: str = "", lines: int | None = None
) -> list[GateResult]:
    """Hold new rows beside those of the live release.

    Args:
        new: the new rows, in the live release's vocabulary.
        live: the rows that the live release was made from, in the same vocabulary.
        limits: how far they may be apart.
        smallest: name of the new file that has the fewest lines.
        lines: how many it has.
    """
    return [
        _volume(new, live, limits, smallest, lines),
        _positive_rate(new, live, limits),
        _unseen(new, limits),
        _drift(new, live, limits),
    ]


def _volume(
    new: Profile, live: Profile, limits: CheckOptions, smallest: str, lines: int | None
) -> GateResult:
    ratio = new.rows_per_file / live.rows_per_file
    passed = limits.min_rows_ratio <= ratio <= limits.max_rows_ratio
    threshold = {"min": limits.min_rows_ratio, "max": limits.max_rows_ratio}
    if lines is not None and lines < limits.min_rows_ratio * live.rows_per_file:
        reason = (
            f"{smallest} has {lines:,} lines; the live release's files have {live.rows_per_file:,.0f} "
            f"rows, and {limits.min_rows_ratio:g} times as many are demanded"
        )
        return GateResult("volume", False, {"lines": lines, "ratio": ratio}, threshold, reason)
    reason = (
        f"a file has {new.rows_per_file:,.0f} rows, {ratio:.3g} times as many as the live release's; "
        f"{limits.min_rows_ratio:g} to {limits.max_rows_ratio:g} times are allowed"
    )
    measured = {"rows_per_file": new.rows_per_file, "live": live.rows_per_file, "ratio": ratio}
    return GateResult("volume", passed, measured, threshold, "" if passed else reason)


def _positive_rate(new: Profile, live: Profile, limits: CheckOptions) -> GateResult:
    one, other = new.positive_rate, live.positive_rate
    ratio = max(one, other) / min(one, other) if min(one, other) > 0 else float("inf")
    passed = ratio <= limits.max_positive_ratio
    reason = (
        f"{one:.3%} of the rows are clicks, {other:.3%} of the live release's; a factor of "
        f"{limits.max_positive_ratio:g} is allowed"
    )
    measured = {"positive_rate": one, "live": other}
    threshold = {"max_ratio": limits.max_positive_ratio}
    return GateResult("positive rate", passed, measured, threshold, "" if passed else reason)


def _unseen(new: Profile, limits: CheckOptions) -> GateResult:
    shares = new.unseen_shares()
    mean, worst = float(shares.mean()), int(shares.argmax())
    passed = (
        mean <= limits.max_unseen_share and float(shares[worst]) <= limits.max_field_unseen_share
    )
    reason = (
        f"{mean:.1%} of the values have no row in the live release ({limits.max_unseen_share:.0%} "
        f"are allowed), {shares[worst]:.1%} of field {new.names[worst]!r} "
        f"({limits.max_field_unseen_share:.0%})"
    )
    measured = {"share": mean, "worst": _worst(new.names, shares)}
    threshold = {"max": limits.max_unseen_share, "max_of_a_field": limits.max_field_unseen_share}
    return GateResult("unseen levels", passed, measured, threshold, "" if passed else reason)


def _drift(new: Profile, live: Profile, limits: CheckOptions) -> GateResult:
    indices = stability_indices(new, live, limits.stability_bins)
    worst = int(indices.argmax())
    passed = float(indices[worst]) <= limits.max_stability_index
    reason = (
        f"field {new.names[worst]!r} has a population stability index of {indices[worst]:.3f}; "
        f"{limits.max_stability_index:g} is allowed"
    )
    measured = {
        "worst": _worst(new.names, indices),
        "fields": dict(zip(new.names, [round(float(each), 6) for each in indices], strict=True)),
    }
    threshold = {"max": limits.max_stability_index}
    return GateResult("drift", passed, measured, threshold, "" if passed else reason)


def stability_indices(new: Profile, live: Profile, bins: int) -> np.ndarray:
    """Return the population stability index of each field's levels, ``(fields,)``.

    What has no row of its own in the live release's vocabulary is one level.
    """
    found = np.empty(len(live.names))
    for field in range(len(live.names)):
        mine = live.fields == field
        expected, seen = live.counts[mine], new.counts[mine]
        places = bins_of_levels(expected, bins)
        found[field] = stability_index(
            *(np.bincount(places, counts).astype(np.int64) for counts in (expected, seen))
        )
    return found


def _worst(names: tuple[str, ...], values: np.ndarray) -> dict[str, float]:
    order = np.argsort(-values, kind="stable")[:SAID]
    return {names[place]: round(float(values[place]), 6) for place in order.tolist()}
