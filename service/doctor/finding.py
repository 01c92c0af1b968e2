"""What a check found."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

State = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what it is about, such as ``redis policy``.
        state: how it is.
        found: what is there; never a secret.
        do: what to do about it; empty if nothing is to be done.
        figures: what was measured, by name with its unit.
    """

    check: str
    state: State
    found: str
    do: str = ""
    figures: Mapping[str, float | int | str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Write it as a JSON object."""
        return asdict(self)


def ok(check: str, found: str, **figures: float | int | str) -> Finding:
    """Find that something is as it should be."""
    return Finding(check, "ok", found, "", figures)


def warning(check: str, found: str, do: str, **figures: float | int | str) -> Finding:
    """Find something that a gateway lives with, and that may hurt later."""
    return Finding(check, "warning", found, do, figures)


def failed(check: str, found: str, do: str, **figures: float | int | str) -> Finding:
    """Find something that must be mended."""
    return Finding(check, "failed", found, do, figures)


def skipped(check: str, why: str, do: str = "") -> Finding:
    """Tell that something was not looked at."""
    return Finding(check, "skipped", why, do)
