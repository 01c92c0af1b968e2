"""Gates on the candidate's bundle: golden batch, folding certificate, size."""

from pathlib import Path
from typing import Any

from model.bundle import Bundle
from model.bundle.gates_file import GateResult
from model.errors import CheckFailedError
from model.export.verify import verify_bundle
from training.gates.thresholds import GateThresholds


def bundle_gates(path: Path, limits: GateThresholds) -> list[GateResult]:
    """Read every byte of a bundle and score its golden batch: finite, in range, as trained.

    Args:
        path: the staged version's folder.
        limits: what it must keep to.
    """
    try:
        bundle, report = verify_bundle(path)
    except CheckFailedError as error:
        return [GateResult("golden batch", False, {}, {}, str(error))]
    return [_golden(report), _certificate(bundle, limits), _size(bundle, limits)]


def _golden(report: dict[str, Any]) -> GateResult:
    measured = {
        "rows": report["golden_rows"],
        "max_relative_difference": report["golden_max_relative_difference"],
        "levels": report["golden_levels"],
    }
    passed = report["golden_rows"] > 0
    return GateResult("golden batch", passed, measured, {}, "" if passed else "it has no rows")


def _certificate(bundle: Bundle, limits: GateThresholds) -> GateResult:
    certificate = bundle.manifest.certificate
    worst = float(certificate["max_relative_difference"])
    passed = worst <= limits.max_certificate
    reason = f"the folded network is off by {worst:.2g} of a logit; {limits.max_certificate:g} is allowed"
    return GateResult(
        "folding certificate",
        passed,
        dict(certificate),
        {"max": limits.max_certificate},
        "" if passed else reason,
    )


def _size(bundle: Bundle, limits: GateThresholds) -> GateResult:
    size = bundle.manifest.size / 1e6
    passed = size <= limits.max_megabytes
    reason = f"the bundle has {size:,.1f} MB; {limits.max_megabytes:,g} MB are allowed"
    return GateResult(
        "bundle size",
        passed,
        {"megabytes": round(size, 3)},
        {"max": limits.max_megabytes},
        "" if passed else reason,
    )
