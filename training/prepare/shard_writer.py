"""One split on disk: Parquet files of equal size, and a digest of what is in them."""

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from training.datasets.reserved import BAYES, LABEL, RESERVED, ROW

GROUP_ROWS = 65_536
SHARD_GROUPS = 4
_TYPES = {ROW: np.int64, LABEL: np.float32, BAYES: np.float64}


class ShardWriter:
    """Writes a split's rows in order, in row groups and shards of fixed sizes.

    Their bounds do not depend on how rows arrive. Each group is compressed and hashed in a thread
    of its own while the next one fills. Each page carries its CRC-32, which reading checks.

    Args:
        folder: the split's folder; made here.
        fields: the fields' names, in order.
        bayes: whether rows carry a planted click probability.
    """

    def __init__(self, folder: Path, fields: tuple[str, ...], bayes: bool) -> None:
        folder.mkdir()
        self.rows = 0
        self._folder = folder
        self._fields = fields
        self._first = RESERVED if bayes else (ROW, LABEL)
        self._schema = pa.schema(
            [(name, pa.from_numpy_dtype(_TYPES[name])) for name in self._first]
            + [(name, pa.int32()) for name in fields]
        )
        self._at = 0
        self._digest = hashlib.sha256()
        self._shards = 0
        self._groups = 0
        self._writer: pq.ParquetWriter | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"write-{folder.name}")
        self._pending: Future[None] | None = None
        self._new_group()

    def append(
        self,
        first: dict[str, npt.NDArray[np.generic]],
        rows_of_code: list[npt.NDArray[np.int32]],
        codes: list[npt.NDArray[np.integer]],
    ) -> None:
        """Add rows.

        Args:
            first: ``row``, ``label`` and, where it is known, ``bayes_probability``, each
                ``(rows,)``.
            rows_of_code: per field, the table row of each code.
            codes: per field, ``(rows,)``.
        """
        count = len(first["row"])
        start = 0
        while start < count:
            end = min(count, start + GROUP_ROWS - self._at)
            to = slice(self._at, self._at + end - start)
            for name in self._first:
                self._head[name][to] = first[name][start:end]
            for place, table in enumerate(rows_of_code):
                # mode="clip" lets NumPy write into `out` without a buffer; every code is in range.
                np.take(table, codes[place][start:end], out=self._ids[place][to], mode="clip")
            self._at += end - start
            self.rows += end - start
            start = end
            if self._at == GROUP_ROWS:
                self._flush()

    def close(self) -> str:
        """Finish the last shard; a split without rows has one empty shard.

        Returns:
            SHA-256 over the split's content: per group of rows, each column's bytes in order.
        """
        if self._at or not self._groups:
            self._flush()
        self._wait()
        self._pool.shutdown()
        if self._writer:
            self._writer.close()
        return self._digest.hexdigest()

    def abandon(self) -> None:
        """Stop writing after a failure elsewhere; what is there is incomplete."""
        self._pool.shutdown(cancel_futures=True)
        if self._writer:
            self._writer.close()
            self._writer = None

    def _new_group(self) -> None:
        self._head = {name: np.empty(GROUP_ROWS, _TYPES[name]) for name in self._first}
        self._ids = np.empty((len(self._fields), GROUP_ROWS), np.int32)
        self._at = 0

    def _flush(self) -> None:
        head = {name: column[: self._at] for name, column in self._head.items()}
        ids = self._ids[:, : self._at]
        self._wait()
        self._pending = self._pool.submit(self._write, head, ids)
        self._new_group()

    def _wait(self) -> None:
        if self._pending:
            self._pending.result()
            self._pending = None

    def _write(self, head: dict[str, npt.NDArray[np.generic]], ids: npt.NDArray[np.int32]) -> None:
        columns = [*head.values(), *ids]
        for column in columns:
            self._digest.update(column.data)
        batch = pa.record_batch([pa.array(column) for column in columns], schema=self._schema)
        if self._groups % SHARD_GROUPS == 0:
            if self._writer:
                self._writer.close()
            path = self._folder / f"part-{self._shards:05d}.parquet"
            # Bytes of equal weight side by side: a third of a dictionary's time for about its size.
            self._writer = pq.ParquetWriter(
                path,
                self._schema,
                compression="lz4",
                use_dictionary=False,
                column_encoding=dict.fromkeys(self._schema.names, "BYTE_STREAM_SPLIT"),
                write_statistics=False,
                write_page_checksum=True,
            )
            self._shards += 1
        if self._writer:
            self._writer.write_batch(batch, row_group_size=GROUP_ROWS)
        self._groups += 1
