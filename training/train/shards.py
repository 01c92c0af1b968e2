"""Batches cut into shards that are worked on side by side."""

import itertools
from typing import Any

import tensorflow as tf

SHARD_ROWS = 512
"""Instances of a shard: enough for products at full speed, few enough to stay in the cache."""


MOST_SHARDS = 16
"""Each is traced when a run starts: half a second."""


def shards_of(batch_rows: int) -> int:
    """Return how many shards a batch of that many instances makes.

    It does not depend on the machine's cores, and so neither do the sums.
    """
    return max(1, min(batch_rows // SHARD_ROWS, MOST_SHARDS))


def cut(array: Any, shards: int) -> list[Any]:
    """Cut an array along its first axis in parts that differ by one row at most; in a graph."""
    rows = tf.shape(array, tf.int64)[0]
    ends = [rows * number // shards for number in range(shards + 1)]
    return [array[start:end] for start, end in itertools.pairwise(ends)]
