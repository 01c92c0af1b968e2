"""Play days: each night retrains; each day the live model and the first one are held to the truth."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from model.bundle import Bundle, bundle_folder, model_folder, read_pointer
from model.errors import CheckFailedError
from model.trained import TrainedModel
from training.datasets.synthetic import generate_days
from training.evaluate.distance_to_bayes import distance_to_bayes
from training.evaluate.metrics import log_loss
from training.evaluate.scored import Scored
from training.prepare.request import PrepareRequest
from training.retrain.work import Work
from training.train.prepared_data import PreparedData

START = date(2026, 1, 1)

CONFIG = """
config = "xdeepint"
work = "{home}/work"

[model]
dim = 8
subspaces = 4
layers = 2

[training]
batch_size = 512
average_decay = 0.95

[logs]
folder = "{home}/logs"
pattern = "{{date}}.txt"
window_days = 3
min_count = 10

[checks]
max_stability_index = 4.0

[release]
root = "{home}/releases"
keep = 3

[gates]
auc_margin = 0.01
log_loss_margin = 0.01
max_score_shift = 1.0
calibration_tolerance = 0.2
latency_p99_ms = 2000
latency_requests = 20
parity_rows = 200
"""


@dataclass(frozen=True)
class Day:
    """How far two models were from the best possible on a day's rows, in nats of LogLoss.

    Attributes:
        day: its number.
        version: that was live.
        bayes: LogLoss of the true probabilities.
        daily: what the live model's is above it: it had learnt up to the day before.
        never: what the first model's is above it.
        refused: why the night after it promoted nothing; empty if it promoted.
    """

    day: int
    version: str
    bayes: float
    daily: float
    never: float
    refused: str = ""


def play(
    home: Path, days: int, rows: int, drift: float, seed: int, told: Callable[[str], None]
) -> list[Day]:
    """Play days: a first night on day 0, then each day is served before its log is learnt from.

    Args:
        home: an empty folder; logs, runs and releases are in it.
        days: how many after the first.
        rows: of each day's log.
        drift: how fast the truth moves.
        seed: of the truth.
        told: given a line for each day.
    """
    logs = generate_days(home / "all-logs", days + 1, rows, seed, drift=drift, start=START)
    (home / "logs").mkdir()
    config = home / "retrain.toml"
    config.write_text(CONFIG.format(home=home), encoding="utf-8")
    _arrive(home, logs[0])
    first = _night(config)
    if first["outcome"] != "promoted":
        raise CheckFailedError(f"the first night must promote; {first['reason']}")
    first_run = home / "first"
    shutil.copytree(_live_run(home)[1], first_run)  # retention clears what is no longer released
    found = []
    for number, log in enumerate(logs[1:], start=1):
        version, run = _live_run(home)
        bayes, daily = _above_bayes(home, log, run)
        _, never = _above_bayes(home, log, first_run)
        _arrive(home, log)
        night = _night(config)
        found.append(Day(number, version, bayes, daily, never, night["reason"]))
        told(
            f"day {number}: version {version} is {daily:.4f} above the best possible LogLoss of "
            f"{bayes:.4f}, the first model {never:.4f}; the night: {night['outcome']}"
            + (f" ({night['reason']})" if night["reason"] else "")
        )
    return found


def as_json(days: list[Day]) -> list[dict[str, Any]]:
    """Return JSON objects."""
    return [asdict(day) for day in days]


def _arrive(home: Path, log: Path) -> None:
    """Let a day's log arrive, whole at once, with the true probabilities beside it."""
    for path in sorted(log.parent.glob(f"{log.name}*"), reverse=True):
        (home / "logs" / path.name).hardlink_to(path)


def _night(config: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "dynint", "retrain", "--config", str(config), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1} or not done.stdout:
        raise CheckFailedError(f"retrain: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _live_run(home: Path) -> tuple[str, Path]:
    """Find the live version, and the run that made it."""
    root = home / "releases"
    pointer = read_pointer(model_folder(root, "dynint"))
    if pointer is None:
        raise CheckFailedError("releases: something must be live")
    digest = Bundle.open(bundle_folder(root, "dynint", pointer.current)).manifest_digest
    known = Work(home / "work").known(digest)
    if known is None:
        raise CheckFailedError(f"work: must hold the run of version {pointer.current}")
    return pointer.current, known.folder / "run"


def _above_bayes(home: Path, log: Path, run: Path) -> tuple[float, float]:
    """Score a day's whole log; returns the best possible LogLoss, and how much higher the run's is."""
    out = home / "scored"
    PrepareRequest(
        logs=(log,), out=out, log_format="criteo", spec=None, min_count=None, discretiser=None,
        like=run / "model", labelled=True, seed=1, split=None, split_by="hash", max_bad_lines=None,
        generate=None, day=None, overwrite=True,
    ).run()  # fmt: skip
    trained = TrainedModel.load(run / "model")
    scored = Scored.of(trained, PreparedData.open(out).split("test"), "test")
    if scored.truth is None:
        raise CheckFailedError(f"{log}: must have its true probabilities beside it")
    gap = distance_to_bayes(scored.labels, scored.logits, scored.truth)["log_loss_gap"]
    return log_loss(scored.labels, scored.logits) - gap, gap
