"""The training runs of a comparison, each in a process of its own."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model.console import progress, say
from model.errors import InvalidInputError
from training.compare.plan import Plan, folder_of
from training.train.child import Outcome, train_in_child
from training.train.prepared_data import PreparedData
from training.train.run_config import RunConfig
from training.train.run_folder import RunFolder
from training.train.whole_file import write_whole

Trainer = Callable[[Path, Path, Path, int | None, Callable[[str], None]], Outcome]
"""What trains one run; ``train_in_child``, whose arguments these are."""

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


def run_all(
    plan: Plan,
    data: Mapping[int, PreparedData],
    out: Path,
    verb: str = "compare",
    train: Trainer = train_in_child,
) -> Iterator[RunResult]:
    """Train every model with every seed, seed by seed, so that a table can be made early.

    A run that is finished is not done again, one that was cut off goes on; one that fails is told
    of, and the others go on. A process each: what one model leaves in memory, or breaks, is not
    the next one's.

    Args:
        plan: the models and seeds.
        data: prepared data, of each seed.
        out: the comparison's folder.
        verb: whose runs they are, for the progress.
        train: trains one.
    """
    todo = [(label, seed) for seed in plan.seeds for label in plan.models]
    configs = out / "configs"
    configs.mkdir(parents=True, exist_ok=True)
    folders = {each: out / "runs" / f"{folder_of(each[0])}-{each[1]}" for each in todo}
    finished = {
        each: run
        for each in todo
        if (run := _finished(plan.models[each[0]], each[1], data[each[1]], folders[each]))
        is not None
    }
    if finished:
        say(f"{len(finished)} of {len(todo)} runs are finished already")
    done, missing = 0, len(todo) - len(finished)
    with progress(verb, missing, "runs") as advance:
        for label, seed in todo:
            folder = folders[label, seed]
            if (label, seed) in finished:
                yield RunResult(label, seed, folder, finished[label, seed])
                continue
            advance(done, f"{label}, seed {seed}")
            file = configs / f"{folder_of(label)}.toml"
            write_whole(file, plan.models[label].to_toml())
            yield _run(label, seed, file, data[seed].path, folder, train)
            done += 1
        if missing:
            advance(done)


def _finished(
    config: RunConfig, seed: int, data: PreparedData, folder: Path
) -> dict[str, Any] | None:
    """Read a finished run's ``run.json``; what is wrong with another is left for ``train`` to say."""
    place = RunFolder(folder)
    if not place.run_file.is_file():
        return None
    seeded = replace(config, training=replace(config.training, seed=seed))
    try:
        with place.locked():
            run = place.find(seeded, data)
            return run if run is not None and place.finished(run) else None
    except InvalidInputError:
        return None


def _run(
    label: str, seed: int, config: Path, data: Path, folder: Path, train: Trainer
) -> RunResult:
    def told(line: str) -> None:
        if _PROGRESS.match(line):
            say(f"  {label}, seed {seed}: {line}")

    run, error, _ = train(config, data, folder, seed, told)
    if run is None:
        say(f"  {label}, seed {seed}: failed: {error}")
        return RunResult(label, seed, folder, None, error)
    test = run["metrics"]["test"]
    say(f"  {label}, seed {seed}: test AUC {test['auc']:.4f}, LogLoss {test['log_loss']:.4f}")
    return RunResult(label, seed, folder, run)
