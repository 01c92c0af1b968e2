"""Logits of a split from a table in training."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from model.optimizers import SparseTable
from model.zoo import Network
from training.train.block import Block
from training.train.prefetch import Prefetch
from training.train.shards import cut, shards_of
from training.train.split import Split

BATCH = 4096


class Scorer:
    """Score splits with the present state of a network and its table.

    Args:
        network: what scores.
        table: its embedding rows.
    """

    def __init__(self, network: Network, table: SparseTable) -> None:
        self._network = network
        self._table = table
        shape = tf.TensorSpec([None, network.fields], tf.int32)
        self._graph = tf.function(self._forward, [shape], autograph=False)

    def logits(self, split: Split) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return the labels and logits of a split, in its order, ``(rows,)`` each."""
        labels = np.empty(split.rows, np.float32)
        logits = np.empty(split.rows, np.float32)
        start = 0
        with Prefetch(_parts(split), depth=2) as parts:
            for part in parts:
                rows = slice(start, start + len(part))
                labels[rows] = part.labels
                logits[rows] = self._graph(part.ids).numpy()
                start = rows.stop
        return labels, logits

    def _forward(self, ids: Any) -> Any:
        network = self._network
        rows = self._table.average(tf.reshape(ids, (-1,)))
        embeddings = tf.reshape(rows, (-1, network.fields, self._table.width))
        shards = cut(embeddings, shards_of(BATCH))
        return tf.concat([network(shard, training=False) for shard in shards], 0)


def _parts(split: Split) -> Iterator[Block]:
    for block in split.blocks():
        for start in range(0, len(block), BATCH):
            part = slice(start, start + BATCH)
            yield Block(block.ids[part], block.labels[part])
