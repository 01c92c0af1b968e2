"""The training runs of a comparison, each in a process of its own."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.console import progress, say
from training.compare.plan import Plan, folder_of

_LAST_LINES = 3
_PROGRESS = re.compile(r"^train: ([\d,]+)/([\d,]+) steps")


@dataclass(frozen=True)
class RunResult:
    """What became of one model with one seed.

    Args:
        label: the model's.
        seed: of the run.
        folder: the run's.
        run: its ``run.json``; ``None`` if it failed.
        error: why it failed; empty if it did not.
    """

    label: str
    seed: int
    folder: Path
    run: dict[str, Any] | None
    error: str = ""


def run_all(plan: Plan, data: Path, out: Path) -> Iterator[RunResult]:
    """Train every model with every seed, seed by seed, so that a table can be made early.

    A run that is finished is not done again, one that was cut off goes on; one that fails is told
    of, and the others go on. A process each: what one model leaves in memory, or breaks, is not
    the next one's.

    Args:
        plan: the models and seeds.
        data: prepared data.
        out: the comparison's folder.
    """
    todo = [(label, seed) for seed in plan.seeds for label in plan.models]
    configs = out / "configs"
    configs.mkdir(parents=True, exist_ok=True)
    for label, config in plan.models.items():
        (configs / f"{folder_of(label)}.toml").write_text(config.to_toml(), encoding="utf-8")
    with progress("compare", len(todo), "runs") as advance:
        for place, (label, seed) in enumerate(todo):
            advance(place, f"{label}, seed {seed}")
            folder = out / "runs" / f"{folder_of(label)}-{seed}"
            yield _run(label, seed, configs / f"{folder_of(label)}.toml", data, folder)
        advance(len(todo))


def _run(label: str, seed: int, config: Path, data: Path, folder: Path) -> RunResult:
    command = [
        *(sys.executable, "-m", "dynint", "train", "--config", str(config), "--data", str(data)),
        *("--out", str(folder), "--seed", str(seed)),
    ]
    child = subprocess.Popen(  # noqa: S603  (our own verb)
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    last: list[str] = []
    try:
        for line in child.stderr or ():
            last = [*last, line.rstrip()][-_LAST_LINES:]
            if _PROGRESS.match(line):
                say(f"  {label}, seed {seed}: {line.rstrip()}")
        code = child.wait()
    except BaseException:
        child.terminate()  # the run can be resumed
        child.wait()
        raise
    if code:
        told = [line for line in last if line.startswith("error:")] or last
        error = told[-1].removeprefix("error: ") if told else f"ended with code {code}"
        say(f"  {label}, seed {seed}: failed: {error}")
        return RunResult(label, seed, folder, None, error)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    test = run["metrics"]["test"]
    say(f"  {label}, seed {seed}: test AUC {test['auc']:.4f}, LogLoss {test['log_loss']:.4f}")
    return RunResult(label, seed, folder, run)
