"""A run of parsed lines of a log."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from training.datasets.bad_line import BadLine


class Coded(NamedTuple):
    """A column with each distinct text once.

    Args:
        texts: the distinct raw texts, an Arrow array of strings; ``""`` is a missing value.
        codes: which of them each row has, int32 ``(rows,)``.
    """

    texts: Any
    codes: npt.NDArray[np.int32]

    def take(self, places: npt.NDArray[np.int64]) -> list[str]:
        """Give the raw texts of some rows."""
        return self.texts.take(self.codes[places]).to_pylist()


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one stretch of one file, in order.

    Args:
        file: the log's path.
        first_row: the row number (from 0, over all files, headers left out) of its first line.
        first_line: that line's number in its file, from 1.
        lines: how many lines the stretch has, bad and empty ones included.
        rows: row number of each parsed row, int64 ``(rows,)``, ascending.
        labels: 0 or 1, float32 ``(rows,)``; NaN in a log without labels.
        columns: one per field of the format, in the log's order.
        bad: the lines that are no rows, by line.
        empty: lines with nothing in them: skipped, not bad.
        done: bytes of the file (compressed, if it is) read up to here.
        place: which of the logs that are read it is, from 0.
        times: the hour of each row, where it is asked for; texts sort as hours do.
    """

    file: str
    first_row: int
    first_line: int
    lines: int
    rows: npt.NDArray[np.int64]
    labels: npt.NDArray[np.float32]
    columns: dict[str, Coded]
    bad: list[BadLine]
    empty: int
    done: int
    place: int = 0
    times: Coded | None = None

    def line_of(self, row: int) -> int:
        """Give the line number, in its file, of a row number."""
        return row - self.first_row + self.first_line
