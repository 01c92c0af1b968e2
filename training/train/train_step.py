"""One training step as one graph."""

from typing import Any

import tensorflow as tf

from model.errors import InvalidInputError
from model.optimizers import DenseAverage, DenseOptimizer, SparseTable
from model.zoo import Network
from training.train.batch import Batch


class TrainStep:
    """Gather, forward, backward, update: one call per batch.

        loss = sum_i BCE(y_i, logit_i) + B * sum(network.losses)

    The sum over the batch, not its mean, is what FTRL and G-FTRL take; the penalties that the
    network adds are means over instances. Only the table rows of the batch are read and written.

    Args:
        network: its dense variables are trained.
        table: embedding rows, trained row by row.
        optimizer: of the dense variables.
        average: of the dense variables, if one is kept.
    """

    def __init__(
        self,
        network: Network,
        table: SparseTable,
        optimizer: DenseOptimizer,
        average: DenseAverage | None = None,
    ) -> None:
        self.network = network
        self.table = table
        self.optimizer = optimizer
        self.average = average
        self._make_slots()
        ids = tf.TensorSpec([None], tf.int32)
        signature = [tf.TensorSpec([None], tf.float32), ids, ids, ids, ids]
        self._graph = tf.function(self._step, signature, autograph=False)

    def __call__(self, batch: Batch) -> tuple[float, float]:
        """Train on one batch.

        Returns:
            The summed cross-entropy before the step, and the whole loss.

        Raises:
            InvalidInputError: if the batch holds an id that the table has no row for.
        """
        if batch.distinct[0] < 0 or batch.distinct[-1] >= self.table.rows:
            raise InvalidInputError(
                f"data: ids must be from 0 to {self.table.rows - 1}, the vocabulary's rows; "
                f"received {batch.distinct[0]} to {batch.distinct[-1]}"
            )
        entropy, loss = self._graph(
            batch.labels, batch.distinct, batch.places, batch.order, batch.segments
        ).numpy()
        return float(entropy), float(loss)

    @property
    def traces(self) -> int:
        """How often the graph was made: once, whatever the batches' sizes."""
        return int(self._graph.experimental_get_tracing_count())

    def _make_slots(self) -> None:
        """Have the optimizer make its slots, by tracing (not running) a step of it.

        A graph that makes variables when it is traced is traced twice.
        """
        variables = self.network.trainable_variables

        def apply() -> None:
            self.optimizer.apply(variables, [tf.zeros(variable.shape) for variable in variables])

        tf.function(apply, autograph=False).get_concrete_function()

    def _step(self, labels: Any, distinct: Any, places: Any, order: Any, segments: Any) -> Any:
        network, width = self.network, self.table.width
        rows = self.table.gather(distinct)  # (m, width)
        embeddings = tf.reshape(tf.gather(rows, places), (-1, network.fields, width))
        variables = network.trainable_variables
        with tf.GradientTape() as tape:
            tape.watch(embeddings)
            logits = network(embeddings, training=True)
            entropies = tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
            entropy = tf.reduce_sum(entropies)
            penalty = tf.add_n([tf.zeros(()), *network.losses])
            loss = entropy + tf.cast(tf.shape(labels)[0], tf.float32) * penalty
        by_embedding, *by_variable = tape.gradient(
            loss,
            [embeddings, *(variable.value for variable in variables)],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        occurrences = tf.gather(tf.reshape(by_embedding, (-1, width)), order)
        self.table.apply(distinct, tf.math.segment_sum(occurrences, segments))
        self.optimizer.apply(variables, by_variable)
        if self.average is not None:
            self.average.update()
        return tf.stack([entropy, loss])
