"""Run one of the project's commands as a user would, and read its JSON object."""

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from model.console import say
from model.errors import CheckFailedError


def command(arguments: Sequence[object]) -> list[str]:
    """Return the command line that runs ``dynint`` with this Python."""
    return [sys.executable, "-m", "dynint", *map(str, arguments)]


def step(title: str, *arguments: object) -> dict[str, Any]:
    """Run ``dynint ARGUMENTS --json``; its progress shows, its JSON object returns with ``seconds`` added.

    Raises:
        CheckFailedError: if the command does not exit with 0.
    """
    say(f"\n{title}\n$ dynint {shlex.join(map(str, arguments))}")
    start = time.monotonic()
    done = subprocess.run(  # noqa: S603 (this Python and this project's own verbs)
        command([*arguments, "--json"]), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise CheckFailedError(
            f"dynint {arguments[0]}: exited with {done.returncode}; its message is above"
        )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    result["seconds"] = round(time.monotonic() - start, 1)
    return result
