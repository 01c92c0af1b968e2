"""Runs checks, each within its time, whatever it meets."""

import threading
from collections.abc import Callable, Mapping

from service.doctor.case import Case
from service.doctor.checks import Check
from service.doctor.finding import Finding, failed

_THREAD = "doctor: "


def examine(
    case: Case,
    checks: Mapping[str, Check],
    seconds: float,
    tell: Callable[[Finding], None] = lambda finding: None,
) -> list[Finding]:
    """Run the checks one after another.

    Args:
        case: what is examined; checks add to it.
        checks: by name.
        seconds: longest time of one; what hangs longer is left behind and has failed.
        tell: is told of each finding as it comes.
    """
    findings: list[Finding] = []
    for name, check in checks.items():
        for finding in _run(name, check, case, seconds):
            findings.append(finding)
            tell(finding)
    return findings


def left_behind() -> bool:
    """Tell whether a check still hangs: the interpreter could then wait for its threads at its end."""
    return any(thread.name.startswith(_THREAD) for thread in threading.enumerate())


def _run(name: str, check: Check, case: Case, seconds: float) -> list[Finding]:
    """Run a check in a thread that can be left behind: a hung disk answers no timeout of its own."""
    found: list[Finding] = []
    crash: list[Exception] = []

    def work() -> None:
        try:
            for finding in check(case):
                found.append(finding)
        except Exception as error:  # a check's bug, or what nobody foresaw, is a finding too
            crash.append(error)

    thread = threading.Thread(target=work, name=f"{_THREAD}{name}", daemon=True)
    thread.start()
    thread.join(seconds)
    done = list(found)
    if thread.is_alive():
        done.append(
            failed(
                name,
                f"no result within {seconds:g} s",
                "Something hangs: a disk, a name server, a network. --timeout waits longer",
            )
        )
    for error in crash:
        done.append(
            failed(
                name,
                f"could not be checked: {type(error).__name__}: {error}",
                "If the reason is not on this machine, report it",
            )
        )
    return done
