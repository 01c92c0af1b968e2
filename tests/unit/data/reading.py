"""Reading logs of any format in tests."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.datasets import BadLine, LogFormat


def rows_of(
    log: LogFormat, paths: Sequence[Path], **options: object
) -> tuple[list[tuple[int, float, dict[str, str]]], list[BadLine]]:
    """Read logs: row number, label and raw texts of each row; and the bad lines."""
    rows: list[tuple[int, float, dict[str, str]]] = []
    bad: list[BadLine] = []
    for block in log.read(paths, **options):
        every = np.arange(len(block.rows))
        columns = {name: column.take(every) for name, column in block.columns.items()}
        for place, (row, label) in enumerate(zip(block.rows, block.labels, strict=True)):
            texts = {name: column[place] for name, column in columns.items()}
            rows.append((int(row), float(label), texts))
        bad += block.bad
        for column in block.columns.values():
            texts = column.texts.to_pylist()
            assert len(set(texts)) == len(texts)
    return rows, bad
