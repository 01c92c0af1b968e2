"""Run one of this project's own commands, and take its JSON."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from model.errors import CheckFailedError, DynIntError
from model.parent import FOLLOWS


def run_verb(verb: str, arguments: Sequence[str], told: Callable[[str], None]) -> dict[str, Any]:
    """Run ``dynint VERB ... --json`` in a process of its own, which ends with this one.

    Args:
        verb: the command.
        arguments: its own.
        told: given each line that it says.

    Returns:
        The object that it prints.

    Raises:
        CheckFailedError: if it says no (exit code 1), with what it said.
        DynIntError: if it fails otherwise.
    """
    child = subprocess.Popen(  # noqa: S603  (this Python and this project's own verb)
        [sys.executable, "-m", "dynint", verb, *arguments, "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, FOLLOWS: "1"},
    )
    last = ""
    try:
        for line in child.stderr or ():
            last = line.rstrip() or last
            told(line.rstrip())
        output = child.stdout.read() if child.stdout else ""
        code = child.wait()
    except BaseException:
        child.terminate()
        child.wait()
        raise
    finally:
        for stream in (child.stdin, child.stdout, child.stderr):
            if stream is not None:
                stream.close()
    if code:
        kind = CheckFailedError if code == 1 else DynIntError
        raise kind(f"{verb}: {last.removeprefix('error: ')}")
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found
