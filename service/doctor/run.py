"""The whole examination."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from model.errors import InvalidInputError
from service.doctor.case import Case
from service.doctor.checks import CHECKS
from service.doctor.examine import examine
from service.doctor.finding import Finding, skipped
from service.doctor.settings_checks import check_variables, read


def run_doctor(
    options: Mapping[str, Any],
    gateway: str | None,
    deep: bool,
    seconds: float,
    tell: Callable[[Finding], None],
) -> list[Finding]:
    """Read the settings and run every check; with settings that cannot be read, no other.

    Args:
        options: settings that win over the variables.
        gateway: address of a running gateway, if one is to be examined.
        deep: whether every byte of the bundles is read.
        seconds: longest time of one check.
        tell: is told of each finding as it comes.

    Raises:
        InvalidInputError: if ``gateway`` is no address.
    """
    if gateway is not None and not gateway.startswith(("http://", "https://")):
        raise InvalidInputError(f"--gateway: must be http://HOST:PORT; received {gateway[:80]!r}")
    settings, wrong = read(options)
    if settings is None:
        findings = [
            *wrong,
            *check_variables(os.environ),
            *(
                skipped(name, "the settings cannot be read")
                for name in CHECKS
                if name != "settings"
            ),
        ]
        for finding in findings:
            tell(finding)
        return findings
    return examine(Case(settings, dict(os.environ), deep, gateway), CHECKS, seconds, tell)
