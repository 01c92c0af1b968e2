"""What training adds against over-fitting: dropout of embeddings, and penalties."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

STREAM = 1
"""Keeps the draws apart from those of the network's own layers, which have the same seed."""


@dataclass(frozen=True)
class Regularizer:
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
        table_l2: of a penalty on the whole table, ``table_l2 / 2 * sum_rows |w|^2``; at 0 only the
            rows of the batch are stepped.
        dense_l2: of a penalty on the network's matrices, ``dense_l2 / 2 * sum |W|^2``.
    """

    dropout: float = 0.0
    l2: float = 0.0
    seed: int = 0
    table_l2: float = 0.0
    dense_l2: float = 0.0

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

    def spread(self, distinct: Any, by_row: Any, table: Any, size: Any) -> tuple[Any, Any]:
        """Add the whole table's penalty to a batch's gradients of its own rows.

        Args:
            distinct: the batch's rows, ``(m,)``.
            by_row: gradients of its summed loss, ``(m, width)``.
            table: all rows, ``(rows, width)``.
            size: instances of the batch: the summed loss has the penalty so many times.

        Returns:
            Gradients of all rows, ``(rows, width)``, and the penalty.
        """
        scale = self.table_l2 * tf.cast(size, table.dtype)
        own = tf.scatter_nd(tf.expand_dims(distinct, 1), by_row, tf.shape(table))
        return own + scale * table, scale * tf.nn.l2_loss(table)

    def on_matrices(
        self, variables: Sequence[Any], gradients: Sequence[Any], size: Any
    ) -> tuple[list[Any], Any]:
        """Add the matrices' penalty to a batch's gradients; vectors and numbers have none.

        Args:
            variables: of the network.
            gradients: of the batch's summed loss by each.
            size: instances of the batch, as for ``spread``.

        Returns:
            The gradients, and the penalty.
        """
        scale = self.dense_l2 * tf.cast(size, tf.float32)
        total, penalty = list(gradients), tf.zeros(())
        for place, variable in enumerate(variables):
            if len(variable.shape) > 1:
                total[place] += scale * variable.value
                penalty += scale * tf.nn.l2_loss(variable.value)
        return total, penalty
