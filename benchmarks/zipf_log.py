"""A prepared split with Zipf-distributed ids, for benchmarks of training."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.train.split import Split

EXPONENT = 1.2
STRIDE = 7919
"""A prime that spreads the frequent levels over the table, as fingerprints do."""


def write_zipf_split(
    folder: Path, rows: int, table_rows: int, fields: int, shard_rows: int = 1 << 18
) -> Split:
    """Write a split whose ids follow ``P(rank) ~ rank^-1.2`` within each field.

    Args:
        folder: the split's folder.
        rows: of the split.
        table_rows: of the embedding table; each field has an equal part of it.
        fields: number of fields.
        shard_rows: rows of a shard; its row groups hold a quarter of that.
    """
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    levels = table_rows // fields
    cumulated = np.cumsum(np.arange(1, levels + 1, dtype=np.float64) ** -EXPONENT)
    names = tuple(f"F{field}" for field in range(fields))
    for shard, start in enumerate(range(0, rows, shard_rows)):
        number = min(shard_rows, rows - start)
        columns: dict[str, np.ndarray] = {
            "row": np.arange(start, start + number),
            "label": (random.random(number) < 0.25).astype(np.float32),
        }
        for field, name in enumerate(names):
            ranks = np.searchsorted(cumulated, random.random(number) * cumulated[-1])
            columns[name] = (ranks * STRIDE % levels + field * levels).astype(np.int32)
        path = folder / f"part-{shard:05d}.parquet"
        pq.write_table(pa.table(columns), path, row_group_size=max(1, shard_rows // 4))
    return Split.open(folder, names)
