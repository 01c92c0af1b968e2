"""The settings as they are read, and variables that look like some."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from service.doctor.case import Case
from service.doctor.finding import Finding, failed, ok, warning
from service.settings import Settings
from service.settings_source import problems, unknown_variables


def read(options: Mapping[str, Any]) -> tuple[Settings | None, list[Finding]]:
    """Read the settings as ``dynint serve`` does; without settings, each reason why."""
    try:
        return Settings(**options), []
    except ValidationError as error:
        return None, [
            failed(f"setting {name}", rule, f"Set {name} by that rule, or leave it out")
            if name
            else failed("settings", rule, "Set them by that rule, or leave one out")
            for name, rule in problems(error)
        ]


def check_settings(case: Case) -> Iterator[Finding]:
    """Tell how many are set, and which variables set nothing."""
    given = sorted(case.settings.model_fields_set)
    yield ok("settings", f"{len(given)} given: {', '.join(given)}" if given else "all defaults")
    yield from check_variables(case.environment)


def check_variables(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Name the variables that look like settings and are none."""
    for name, near in unknown_variables(environment):
        do = f"Did you mean {near}? " if near else ""
        yield warning(
            f"variable {name}", "is no setting and changes nothing", f"{do}Rename or unset it"
        )
