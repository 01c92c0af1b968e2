"""Dated logs, one a day, of a truth that moves."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from model.errors import InvalidInputError
from training.datasets.synthetic.generate_log import generate_log

START = date(2026, 1, 1)


def day_path(folder: Path, day: int, start: date = START) -> Path:
    """Where the log of a day is: ``2026-01-01.txt`` for day 0."""
    return folder / f"{start + timedelta(days=day)}.txt"


def generate_days(
    folder: Path,
    days: int,
    rows: int,
    seed: int = 1,
    *,
    drift: float = 0.0,
    first: int = 0,
    start: date = START,
    told: Callable[[Path, dict[str, Any]], object] = lambda path, info: None,
) -> list[Path]:
    """Write one Criteo-shaped log a day, each beside its click probabilities and their summary.

    The same arguments give the same bytes. A day does not depend on how many there are.

    Args:
        folder: where; made if it is not there.
        days: how many, at least 1.
        rows: of each day.
        seed: of the planted truth and the draws.
        drift: how fast the truth moves (``Drift``).
        first: number of the first day.
        start: the date of day 0.
        told: given each log that is written, and its summary (``generate_log``).

    Returns:
        The logs, in the order of days.

    Raises:
        InvalidInputError: if an argument breaks its rule.
    """
    if days < 1:
        raise InvalidInputError(f"days: must be at least 1; received {days}")
    paths = [day_path(folder, day, start) for day in range(first, first + days)]
    for day, path in enumerate(paths, start=first):
        folder.mkdir(parents=True, exist_ok=True)
        told(path, generate_log(path, rows, seed, day=day, drift=drift))
    return paths
