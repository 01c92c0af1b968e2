"""A shard of prepared data, opened so that no changed byte is read for data."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from model.errors import InvalidInputError


@contextmanager
def open_shard(path: Path) -> Iterator[Any]:
    """Open a Parquet file; each page that is read is checked against the CRC-32 written with it.

    What reads from the file belongs into the block, and nothing else does.

    Yields:
        A ``pyarrow.parquet.ParquetFile``.

    Raises:
        InvalidInputError: naming the file, if it cannot be read, is not Parquet or is damaged.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as shard:
            _check_rows(shard.metadata)
            yield shard
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"data: {path} must be a Parquet file as it was written; "
            f"received {type(error).__name__}: {error}"
        ) from error


def _check_rows(metadata: Any) -> None:
    """Hold the footer's numbers of rows, which no checksum covers, against each other."""
    groups = sum(metadata.row_group(index).num_rows for index in range(metadata.num_row_groups))
    if groups != metadata.num_rows:
        raise pa.ArrowInvalid(f"{metadata.num_rows} rows, and {groups} in its row groups")
