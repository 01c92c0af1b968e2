"""Batches cut into shards that are worked on side by side."""

import itertools
from typing import Any

import tensorflow as tf

SHARD_ROWS = 1024
"""Instances of a shard: enough for products at full speed, few enough to stay in the cache."""


def shards_of(batch_rows: int) -> int:
    """Return how many shards a batch of that many instances makes.

    It does not depend on the machine's cores, and so neither do the sums.
    """
    return max(1, batch_rows // SHARD_ROWS)


def cut(array: Any, shards: int) -> list[Any]:
    """Cut an array along its first axis in parts that differ by one row at most; in a graph."""
    rows = tf.shape(array)[0]
    ends = [rows * number // shards for number in range(shards + 1)]
    return [array[start:end] for start, end in itertools.pairwise(ends)]
