"""What a canary's failures are called."""

from service import errors

# The first class that fits decides: subclasses stand before their parents.
_REASONS: dict[type[Exception], str] = {
    errors.RequestError: "input",
    errors.VersionGoneError: "gone",
    errors.ScorerUnavailableError: "unavailable",
    errors.OverloadedError: "overloaded",
    errors.ScoreError: "no_probability",
    errors.TableError: "table",
    errors.DeadlineError: "late",
    errors.ScorerRefusedError: "refused",
}

REASONS = (*_REASONS.values(), "internal")


def reason_of(error: Exception) -> str:
    """Name a failure by one of ``REASONS``."""
    fitting = (reason for kind, reason in _REASONS.items() if isinstance(error, kind))
    return next(fitting, "internal")
