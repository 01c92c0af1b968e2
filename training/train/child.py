"""A training run in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from model.parent import FOLLOWS

_LAST_LINES = 5


class Outcome(NamedTuple):
    """What became of a run: its ``run.json``, or why there is none."""

    run: dict[str, Any] | None
    error: str


def train_in_child(
    config: Path,
    data: Path,
    folder: Path,
    seed: int | None,
    told: Callable[[str], None],
    warm_start: Path | None = None,
) -> Outcome:
    """Run ``dynint train``: what one run leaves in memory, or breaks, is not the next one's.

    Args:
        config: the run's configuration, a TOML file.
        data: prepared data.
        folder: the run's; one that is there is gone on with.
        seed: in place of the configuration's.
        told: given each line that the run says.
        warm_start: a finished run to start from.
    """
    command = [sys.executable, "-m", "dynint", "train", "--config", str(config)]
    command += ["--data", str(data), "--out", str(folder)]
    if seed is not None:
        command += ["--seed", str(seed)]
    if warm_start is not None:
        command += ["--warm-start", str(warm_start)]
    child = subprocess.Popen(  # noqa: S603  (this Python and this project's own verb)
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, FOLLOWS: "1"},
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
