"""What to read of a log, and what becomes of it."""

from dataclasses import dataclass

from training.datasets.click_log import ClickLog
from training.datasets.column import Column
from training.datasets.rules import TimeLayout


@dataclass(frozen=True, slots=True)
class Recipe:
    """The columns that somebody needs.

    Args:
        columns: the fields.
        label: the label's column; ``None`` where there is none to read.
        clicks: makes the labels in place of a column.
        time: the column of the time and how it is written, where rows are dealt by it.
    """

    columns: tuple[Column, ...]
    label: str | None = None
    clicks: ClickLog | None = None
    time: tuple[str, TimeLayout] | None = None

    @property
    def needed(self) -> tuple[str, ...]:
        """The log's columns to read, each once."""
        others = (
            self.label,
            self.clicks.key if self.clicks else None,
            self.time[0] if self.time else None,
        )
        names = [name for name in others if name is not None]
        return tuple(dict.fromkeys([*names, *(column.raw for column in self.columns)]))
