"""Run one of this project's own commands, and take its JSON."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from model.errors import CheckFailedError, DynIntError
from training.child import run_child


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
    ended = run_child([verb, *arguments, "--json"], told)
    if ended.code:
        kind = CheckFailedError if ended.code == 1 else DynIntError
        raise kind(f"{verb}: {ended.error or f'ended with code {ended.code}'}")
    found: dict[str, Any] = json.loads(ended.output.splitlines()[-1])
    return found
