"""The planted click probabilities that lie beside generated logs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.errors import InvalidInputError
from model.json_objects import read_object
from training.datasets.block import Block
from training.datasets.synthetic import bayes_path, truth_path


class TruthColumns:
    """Reads the probabilities of rows, if every log has its file of them.

    Args:
        logs: the logs' paths.

    Raises:
        InvalidInputError: if a file of them is damaged.
    """

    def __init__(self, logs: Sequence[Path]) -> None:
        self.known = bool(logs) and all(bayes_path(log).is_file() for log in logs)
        self._columns = {str(log): _load(bayes_path(log)) for log in logs} if self.known else {}
        summaries = [truth_path(log) for log in logs]
        self.summaries: list[dict[str, Any]] = (
            [read_object(path) for path in summaries if path.is_file()] if self.known else []
        )

    def of(self, block: Block) -> npt.NDArray[np.float64]:
        """Give the probabilities of a block's rows, ``(rows,)``; empty where they are not known.

        Raises:
            InvalidInputError: if the log has more lines than probabilities.
        """
        if not self.known:
            return np.empty(0)
        column = self._columns[block.file]
        if block.first_line - 1 + block.lines > len(column):
            self._refuse(block.file, f"more than {len(column):,}")
        return np.asarray(column[block.rows - block.first_row + block.first_line - 1])

    def check_end(self, log: str, lines: int) -> None:
        """Refuse probabilities left over at a log's end.

        Raises:
            InvalidInputError: if the log has another number of lines.
        """
        if self.known and len(self._columns[log]) != lines:
            self._refuse(log, f"{lines:,}")

    def _refuse(self, log: str, lines: str) -> None:
        raise InvalidInputError(
            f"{bayes_path(Path(log))}: must have one probability per line of {log} "
            f"({lines} lines); received {len(self._columns[log]):,} (another log's file?)"
        )


def _load(path: Path) -> npt.NDArray[np.float64]:
    try:
        column = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InvalidInputError(f"{path}: must be a NumPy file; {error}") from error
    if column.ndim != 1 or column.dtype != np.float64:
        raise InvalidInputError(
            f"{path}: must be float64 with one dimension; "
            f"received {column.dtype} with {column.ndim}"
        )
    return column
