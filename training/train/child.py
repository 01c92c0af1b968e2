"""A training run in a process of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from training.child import run_child


class Outcome(NamedTuple):
    """What became of a run: its ``run.json``, or why there is none.

    Attributes:
        run: the file; ``None`` if the run did not end well.
        error: why.
        killed: whether it was killed from outside, as by a system that is out of memory.
    """

    run: dict[str, Any] | None
    error: str
    killed: bool = False


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
    arguments = ["train", "--config", str(config), "--data", str(data), "--out", str(folder)]
    if seed is not None:
        arguments += ["--seed", str(seed)]
    if warm_start is not None:
        arguments += ["--warm-start", str(warm_start)]
    ended = run_child(arguments, told)
    if ended.code:
        error = ended.error or f"ended with code {ended.code}"
        return Outcome(None, error, killed=ended.code < 0)
    return Outcome(json.loads((folder / "run.json").read_text(encoding="utf-8")), "")
