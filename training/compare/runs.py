"""The training runs of a comparison, each in a process of its own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.console import progress, say
from training.compare.plan import Plan, folder_of
from training.train.child import train_in_child

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


def run_all(plan: Plan, data: Mapping[int, Path], out: Path) -> Iterator[RunResult]:
    """Train every model with every seed, seed by seed, so that a table can be made early.

    A run that is finished is not done again, one that was cut off goes on; one that fails is told
    of, and the others go on. A process each: what one model leaves in memory, or breaks, is not
    the next one's.

    Args:
        plan: the models and seeds.
        data: prepared data, of each seed.
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
            yield _run(label, seed, configs / f"{folder_of(label)}.toml", data[seed], folder)
        advance(len(todo))


def _run(label: str, seed: int, config: Path, data: Path, folder: Path) -> RunResult:
    def told(line: str) -> None:
        if _PROGRESS.match(line):
            say(f"  {label}, seed {seed}: {line}")

    run, error = train_in_child(config, data, folder, seed, told)
    if run is None:
        say(f"  {label}, seed {seed}: failed: {error}")
        return RunResult(label, seed, folder, None, error)
    test = run["metrics"]["test"]
    say(f"  {label}, seed {seed}: test AUC {test['auc']:.4f}, LogLoss {test['log_loss']:.4f}")
    return RunResult(label, seed, folder, run)
