"""Which files a retraining reads."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from model.errors import InvalidInputError
from training.retrain.options import DATE, LogOptions

MOST_DAYS = 366
"""A file that is so much later than the one before it has a wrong date."""


@dataclass(frozen=True)
class DatedLog:
    """A log and its day."""

    day: date
    path: Path


@dataclass(frozen=True)
class Window:
    """The files of one retraining.

    Attributes:
        new: files that the live release has not learnt from, oldest first: the model learns from
            these, and is measured on the last rows of them.
        before: older files of the window, whose levels count.
    """

    new: tuple[DatedLog, ...]
    before: tuple[DatedLog, ...]

    @property
    def day(self) -> date:
        """The newest file's."""
        return self.new[-1].day


def dated_logs(options: LogOptions) -> list[DatedLog]:
    """List the folder's logs, oldest first; other files are left alone.

    Raises:
        InvalidInputError: if there is no such folder, or a name has an impossible date.
    """
    folder = Path(options.folder)
    if not folder.is_dir():
        raise InvalidInputError(f"config: [logs] folder must be there; received {options.folder!r}")
    before, after = (re.escape(part) for part in options.pattern.split(DATE))
    pattern = re.compile(rf"{before}(\d{{4}}-\d\d-\d\d){after}")
    found = []
    for path in folder.iterdir():
        if match := pattern.fullmatch(path.name):
            try:
                found.append(DatedLog(date.fromisoformat(match[1]), path))
            except ValueError as error:
                raise InvalidInputError(
                    f"logs: {path} must have a date in its name; {error}"
                ) from error
    found.sort(key=lambda log: log.day)
    if not found:
        others = sum(1 for _ in folder.iterdir())
        raise InvalidInputError(
            f"config: [logs] pattern must match a file of {folder}; {options.pattern!r} matches none "
            f"of its {others}"
        )
    for earlier, later in pairwise(found):
        if (later.day - earlier.day).days > MOST_DAYS:
            raise InvalidInputError(
                f"logs: {later.path} must be within {MOST_DAYS} days of the one before it, "
                f"{earlier.path.name}; is its date right?"
            )
    return found


def window_of(logs: Sequence[DatedLog], options: LogOptions, learnt: date | None) -> Window | None:
    """Choose files; ``None`` if there is none that is new. New ones are learnt from however old.

    The clock plays no part: days are what the files' names say.

    Args:
        logs: oldest first.
        options: how long the window is.
        learnt: the last day that the live release has learnt from; ``None`` without one.
    """
    if not logs:
        return None
    first = logs[-1].day - timedelta(days=options.window_days - 1)
    new = tuple(log for log in logs if (log.day >= first if learnt is None else log.day > learnt))
    if not new:
        return None
    return Window(new, tuple(log for log in logs if log.day >= first and log not in new))
