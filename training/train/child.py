"""A training run in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

_LAST_LINES = 5
_FOLLOWS = "DYNINT_ENDS_WITH_PARENT"


def end_with_parent() -> None:
    """In a process that ``train_in_child`` began: end, as by SIGTERM, when its parent is gone.

    A parent that is killed cannot end its child, and one that goes on alone would hold the run's
    folder. The standard input is a pipe that the parent's end closes.
    """
    if _FOLLOWS in os.environ:
        threading.Thread(target=_wait_for_the_end, name="parent", daemon=True).start()


def _wait_for_the_end() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


class Outcome(NamedTuple):
    """What became of a run: its ``run.json``, or why there is none."""

    run: dict[str, Any] | None
    error: str


def train_in_child(
    config: Path, data: Path, folder: Path, seed: int | None, told: Callable[[str], None]
) -> Outcome:
    """Run ``dynint train``: what one run leaves in memory, or breaks, is not the next one's.

    Args:
        config: the run's configuration, a TOML file.
        data: prepared data.
        folder: the run's; one that is there is gone on with.
        seed: in place of the configuration's.
        told: given each line that the run says.
    """
    command = [sys.executable, "-m", "dynint", "train", "--config", str(config)]
    command += ["--data", str(data), "--out", str(folder)]
    if seed is not None:
        command += ["--seed", str(seed)]
    child = subprocess.Popen(  # noqa: S603  (this Python and this project's own verb)
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, _FOLLOWS: "1"},
    )
    last: list[str] = []
    try:
        for line in child.stderr or ():
            last = [*last, line.rstrip()][-_LAST_LINES:]
            told(line.rstrip())
        code = child.wait()
    except BaseException:
        child.terminate()  # the run can be gone on with
        child.wait()
        raise
    if code:
        errors = [line for line in last if line.startswith("error:")] or last
        return Outcome(
            None, errors[-1].removeprefix("error: ") if errors else f"ended with code {code}"
        )
    return Outcome(json.loads((folder / "run.json").read_text(encoding="utf-8")), "")
