"""How findings are shown."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from service.doctor.finding import Finding

_WIDTH = 28


def render(finding: Finding) -> str:
    """Write a finding for people, with what to do in a line of its own."""
    line = f"{finding.state:<9}{finding.check:<{_WIDTH}} {finding.found}"
    return f"{line}\n{'':<9}{'':<{_WIDTH}} do: {finding.do}" if finding.do else line


def to_json(findings: Sequence[Finding], strict: bool) -> dict[str, Any]:
    """Count the findings and decide.

    Args:
        findings: of all checks.
        strict: whether a warning is as bad as a failure.
    """
    counts = Counter(finding.state for finding in findings)
    bad = counts["failed"] + (counts["warning"] if strict else 0)
    summary = (
        f"{counts['ok']} ok, {counts['warning']} warnings, {counts['failed']} failed, "
        f"{counts['skipped']} skipped"
    )
    return {
        "ok": not bad,
        "summary": summary,
        "ok_count": counts["ok"],
        "warning_count": counts["warning"],
        "failed_count": counts["failed"],
        "skipped_count": counts["skipped"],
        "findings": [finding.to_json() for finding in findings],
    }
