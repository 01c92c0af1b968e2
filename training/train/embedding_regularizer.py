"""Dropout and penalty of a batch's embeddings."""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

STREAM = 1
"""Keeps the draws apart from those of the network's own layers, which have the same seed."""


@dataclass(frozen=True)
class EmbeddingRegularizer:
    """What training does to the embeddings ``e``, the looked-up rows, of a batch.

        dropped = e * [u >= rate] / (1 - rate)      u uniform in [0, 1), for each element
        penalty = l2 / 2 * sum_i sum_f |e_if|^2     before the dropout

    The draws are a function of the seed, the number of the step and an element's place in the
    batch, and of nothing else: a resumed run draws what it would have drawn, and so does a batch
    that is cut into other shards.

    Args:
        dropout: ``rate``, at 0 no element is dropped.
        l2: at 0 nothing is penalised.
        seed: of the draws.
    """

    dropout: float = 0.0
    l2: float = 0.0
    seed: int = 0

    def draws(self, step: Any, shape: Any) -> Any:
        """Draw ``u`` for all embeddings of a batch: ``(B, fields, width)``."""
        step = tf.cast(step, tf.int64)  # the key depends on the type too
        key = tf.random.fold_in([self.seed, STREAM], step, alg="philox")
        return tf.random.stateless_uniform(shape, key, alg="philox")

    def dropped(self, embeddings: Any, draws: Any) -> Any:
        """Drop elements of embeddings whose draws are given."""
        kept = tf.cast(draws >= self.dropout, embeddings.dtype)
        return embeddings * (kept / (1.0 - self.dropout))

    def penalty(self, embeddings: Any) -> Any:
        """Return the penalty, summed over the instances."""
        return self.l2 * tf.nn.l2_loss(embeddings)
