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
_OTHERS = frozenset(
    {
        *("DYNINT_FUZZ_CASES", "DYNINT_FUZZ_SECONDS", "DYNINT_REAL_DATA"),
        *("DYNINT_TEST_REDIS_SERVER", "DYNINT_TF_SERVING_ROOT"),
    }
)
"""Variables of the tests, and of the commands that move the pointer."""


def warn_of_unknown(names: Iterable[str]) -> None:
    """Warn of variables that look like settings and are none."""
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in sorted(map(str.upper, names)):
        if name.startswith(_PREFIX) and name not in known | _OTHERS:
            near = difflib.get_close_matches(name, known, n=1)
            say(f"warning: {name} is no setting" + (f"; did you mean {near[0]}?" if near else ""))


def read_settings(options: Mapping[str, Any]) -> Settings:
    """Read the environment and the given options, which win.

    Raises:
        InvalidInputError: naming each setting that breaks a rule, the rule, and never the value.
    """
    warn_of_unknown(os.environ)
    try:
        return Settings(**options)
    except ValidationError as error:
        raise InvalidInputError(
            "; ".join(
                f"{_PREFIX}{'_'.join(map(str, each['loc'])).upper() or 'settings'}: {each['msg']}"
                for each in error.errors(include_url=False, include_context=False)
            )
        ) from None
