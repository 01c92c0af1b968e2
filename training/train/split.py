"""One split of a prepared folder: Parquet shards as blocks of table ids."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from model.errors import InvalidInputError
from model.shard import open_shard
from training.datasets.reserved import BAYES, LABEL, RESERVED
from training.train.block import Block

STRIP = 4096
"""Rows whose columns are interleaved at a time, so that they stay in the processor's cache."""


@dataclass(frozen=True)
class RowGroup:
    """The smallest part of a shard that can be read alone."""

    path: Path
    index: int
    rows: int


@dataclass(frozen=True)
class Split:
    """The row groups of a split's shards, in order.

    Args:
        path: the split's folder.
        names: its fields' columns.
        groups: its row groups.
        has_truth: whether the log was generated and each row's true probability is known.
    """

    path: Path
    names: tuple[str, ...]
    groups: tuple[RowGroup, ...]
    has_truth: bool

    @classmethod
    def open(cls, path: Path, names: tuple[str, ...]) -> Self:
        """Read the shards' metadata.

        Raises:
            InvalidInputError: if there is no row, a shard is not Parquet or is damaged, or it
                lacks a column or has a strange one.
        """
        groups = []
        has_truth = True
        for shard in sorted(path.glob("part-*.parquet")):
            with open_shard(shard) as file:
                columns = file.schema_arrow.names
                counts = [
                    file.metadata.row_group(index).num_rows
                    for index in range(file.metadata.num_row_groups)
                ]
            missing = sorted({*names, LABEL} - set(columns))
            strange = sorted(set(columns) - {*names, *RESERVED})
            if missing or strange:
                raise InvalidInputError(
                    f"data: {shard} must have the spec's columns; lacks {missing}, has {strange}"
                )
            has_truth = has_truth and BAYES in columns
            groups += [RowGroup(shard, index, rows) for index, rows in enumerate(counts) if rows]
        if not groups:
            raise InvalidInputError(f"data: {path} must hold rows in part-*.parquet; found none")
        return cls(path, names, tuple(groups), has_truth)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(group.rows for group in self.groups)

    def labels(self) -> npt.NDArray[np.float32]:
        """Read the labels alone, ``(rows,)``.

        Raises:
            InvalidInputError: if a shard is damaged, or a column is not of its type.
        """
        tables = [_table(group, [LABEL]) for group in self.groups]
        return np.concatenate([_column(table, LABEL, np.float32) for table in tables])

    def read(self, groups: Sequence[RowGroup]) -> Block:
        """Read row groups, one after the other, into one block.

        Raises:
            InvalidInputError: if a shard is damaged, or a column is not of its type.
        """
        rows = sum(group.rows for group in groups)
        ids = np.empty((rows, len(self.names)), np.int32)
        labels = np.empty(rows, np.float32)
        truth = np.empty(rows, np.float64) if self.has_truth else None
        start = 0
        for group in groups:
            table = _table(group, [*self.names, LABEL, *([BAYES] if self.has_truth else [])])
            end = start + group.rows
            columns = [_column(table, name, np.int32) for name in self.names]
            for strip in range(0, group.rows, STRIP):
                part = slice(strip, strip + STRIP)
                target = ids[start + strip : min(start + strip + STRIP, end)]
                np.stack([column[part] for column in columns], axis=1, out=target)
            labels[start:end] = _column(table, LABEL, np.float32)
            if truth is not None:
                truth[start:end] = _column(table, BAYES, np.float64)
            start = end
        return Block(ids, labels, truth)

    def blocks(self) -> Iterator[Block]:
        """Read the split in order, a row group at a time.

        Raises:
            InvalidInputError: as ``read``.
        """
        for group in self.groups:
            yield self.read([group])


def _table(group: RowGroup, columns: list[str]) -> Any:
    with open_shard(group.path) as shard:
        table = shard.read_row_group(group.index, columns=columns, use_threads=False)
    if table.num_rows != group.rows or set(table.column_names) != set(columns):
        raise InvalidInputError(
            f"data: {group.path} must be as it was when it was opened, with {group.rows} rows in "
            f"row group {group.index}; received {table.num_rows}"
        )
    return table


def _column(table: Any, name: str, dtype: type[np.generic]) -> npt.NDArray[Any]:
    column = table.column(name)
    if column.null_count:
        raise InvalidInputError(
            f"data: column {name!r} must not hold nulls; found {column.null_count}"
        )
    values = column.to_numpy()
    if values.dtype != dtype:
        raise InvalidInputError(
            f"data: column {name!r} must be {np.dtype(dtype).name}; received {values.dtype}"
        )
    return values
