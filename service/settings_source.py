"""Read the settings for a person: what is wrong is said in plain words."""

import difflib
import os
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from model.console import say
from model.errors import InvalidInputError
from service.settings import Settings

_PREFIX = "DYNINT_"
OTHERS = frozenset(
    {
        *("DYNINT_FUZZ_CASES", "DYNINT_FUZZ_SECONDS", "DYNINT_REAL_DATA", "DYNINT_STACK"),
        *(
            "DYNINT_TEST_BROWSER",
            "DYNINT_TEST_COMPOSE",
            "DYNINT_TEST_KUBECTL",
            "DYNINT_TEST_PROMTOOL",
        ),
        *("DYNINT_TEST_REDIS_SERVER", "DYNINT_TF_SERVING_ROOT", "DYNINT_ENDS_WITH_PARENT"),
        *("DYNINT_BIND", "DYNINT_REDIS_ENV", "DYNINT_GRAFANA_ENV", "DYNINT_HOME", "DYNINT_KEY"),
    }
)
"""Variables of the tests, of the commands that move the pointer or start others, of docker-compose.yml,
of deploy/cron, and of the requests that docs and page show."""

_PYDANTICS = ("Value error, ", "Assertion failed, ")


def unknown_variables(names: Iterable[str]) -> list[tuple[str, str]]:
    """List the variables that look like settings and are none, each with the nearest, if any."""
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields}
    return [
        (name, next(iter(difflib.get_close_matches(name, known, n=1)), ""))
        for name in sorted(map(str.upper, names))
        if name.startswith(_PREFIX) and name not in known | OTHERS
    ]


def warn_of_unknown(names: Iterable[str]) -> None:
    """Warn of variables that look like settings and are none."""
    for name, near in unknown_variables(names):
        say(f"warning: {name} is no setting" + (f"; did you mean {near}?" if near else ""))


def problems(error: ValidationError) -> list[tuple[str, str]]:
    """List each variable that breaks its rule, and the rule; never a value.

    A rule that several share names them itself: then the variable is empty.
    """
    found: list[tuple[str, str]] = []
    for each in error.errors(include_url=False, include_context=False):
        rule = each["msg"]
        for prefix in _PYDANTICS:
            rule = rule.removeprefix(prefix)
        place = "_".join(map(str, each["loc"])).upper()
        found.append((f"{_PREFIX}{place}" if place else "", rule))
    return found


def read_settings(options: Mapping[str, Any]) -> Settings:
    """Read the environment and the given options, which win.

    Raises:
        InvalidInputError: naming each setting that breaks a rule, the rule, and never the value.
    """
    warn_of_unknown(os.environ)
    if "redis_url" in options:
        options = {"redis_url_file": None, **options}
    try:
        return Settings(**options)
    except ValidationError as error:
        raise InvalidInputError(
            "; ".join(f"{name}: {rule}" if name else rule for name, rule in problems(error))
        ) from None
