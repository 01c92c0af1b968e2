"""One training step as one graph."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from model.errors import InvalidInputError
from model.layers import reordered_once
from model.optimizers import DenseAverage, DenseOptimizer, SparseTable
from model.zoo import Network
from training.train.batch import PARTS, Batch
from training.train.regularizer import Regularizer
from training.train.shards import SHARD_ROWS, cut, shards_of


@dataclass(frozen=True)
class Fed:
    """A batch that a step can take: its instances, its distinct rows, the tensors of ``Batch``."""

    size: int
    distinct: int
    tensors: tuple[Any, ...]


class TrainStep:
    """Gather, forward, backward, update: one call per batch.

        loss = sum_i BCE(y_i, logit_i) + B * sum(network.losses) + regularizer.penalty(embeddings)
               + B * (table_l2 / 2 * |table|^2 + dense_l2 / 2 * |matrices|^2)

    A batch is differentiated in shards, each an operation of one core at a time, so that cores need
    not wait for each other. The sum over the batch, not its mean, is what FTRL and G-FTRL take; the penalties that the
    network adds are means over instances. Only the table rows of the batch are read and written, unless
    the regularizer penalises the whole table.

    What a trainer does with it::

        step = TrainStep(network, table, optimizer, batch_rows=4096)
        entropy, loss = step(step.feed(batch))

    Args:
        network: its dense variables are trained.
        table: embedding rows, trained row by row.
        optimizer: of the dense variables.
        average: of the dense variables, if one is kept.
        batch_rows: instances of a usual batch, which decide how many shards are made of every one.
        regularizer: what it adds; what it leaves out is not in the graph.
    """

    def __init__(
        self,
        network: Network,
        table: SparseTable,
        optimizer: DenseOptimizer,
        average: DenseAverage | None = None,
        batch_rows: int = SHARD_ROWS,
        regularizer: Regularizer | None = None,
    ) -> None:
        self.network = network
        self.table = table
        self.optimizer = optimizer
        self.average = average
        self._regularizer = regularizer or Regularizer()
        self._shards = shards_of(batch_rows)
        self._make_slots()
        ids = tf.TensorSpec([None], tf.int32)
        bounds = tf.TensorSpec([2, PARTS + 1], tf.int32)
        signature = [tf.TensorSpec([None], tf.float32), ids, ids, ids, ids, bounds]
        self._graph = tf.function(self._step, signature, autograph=False)

    def feed(self, batch: Batch) -> Fed:
        """Hand a batch's arrays to TensorFlow: work for the thread that prepares batches.

        Raises:
            InvalidInputError: if the batch holds an id that the table has no row for.
        """
        if batch.distinct[0] < 0 or batch.distinct[-1] >= self.table.rows:
            raise InvalidInputError(
                f"data: ids must be from 0 to {self.table.rows - 1}, the vocabulary's rows; "
                f"received {batch.distinct[0]} to {batch.distinct[-1]}"
            )
        arrays = (getattr(batch, field.name) for field in dataclasses.fields(batch))
        return Fed(len(batch.labels), len(batch.distinct), tuple(map(tf.constant, arrays)))

    def __call__(self, fed: Fed) -> tuple[float, float]:
        """Train on one batch.

        Returns:
            The summed cross-entropy before the step, and the whole loss.
        """
        entropy, loss = self._graph(*fed.tensors).numpy()
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

    def _step(
        self, labels: Any, distinct: Any, places: Any, order: Any, segments: Any, bounds: Any
    ) -> Any:
        network, fields = self.network, self.network.fields
        rows = self.table.gather(distinct)  # (m, width)
        parts = cut(labels, self._shards), cut(tf.reshape(places, (-1, fields)), self._shards)
        embeddings = [tf.gather(rows, part) for part in parts[1]]  # (B, fields, width) each
        draws = self._draws(tf.size(labels), rows.shape[1])
        with tf.GradientTape() as tape, reordered_once():
            tape.watch(embeddings)
            shards = list(map(self._losses, parts[0], embeddings, draws))
            entropy, loss = map(tf.add_n, zip(*shards, strict=True))
        variables = network.trainable_variables
        by_embedding, by_variable = tape.gradient(
            loss,
            [embeddings, [variable.value for variable in variables]],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        by_row = _add_up(tf.concat(by_embedding, 0), order, segments, bounds)
        if self._regularizer.table_l2:
            distinct, by_row, rows, penalty = self._spread(distinct, by_row, tf.size(labels))
            loss += penalty
        if self._regularizer.dense_l2:
            by_variable, penalty = self._regularizer.on_matrices(
                variables, by_variable, tf.size(labels)
            )
            loss += penalty
        self.table.apply(distinct, by_row, rows)
        self.optimizer.apply(variables, by_variable)
        if self.average is not None:
            self.average.update()
        return tf.stack([entropy, loss])

    def _spread(self, distinct: Any, by_row: Any, size: Any) -> tuple[Any, Any, Any, Any]:
        """Return all rows' numbers, gradients and values, and the penalty on them."""
        every = tf.range(self.table.rows)
        table = self.table.gather(every)
        gradients, penalty = self._regularizer.spread(distinct, by_row, table, size)
        return every, gradients, table, penalty

    def _draws(self, size: Any, width: int) -> list[Any]:
        """Return each shard's draws for the dropout of embeddings, if there is one."""
        if not self._regularizer.dropout:
            return [None] * self._shards
        shape = (size, self.network.fields, width)
        return cut(self._regularizer.draws(self.table.steps, shape), self._shards)

    def _losses(self, labels: Any, embeddings: Any, draws: Any) -> tuple[Any, Any]:
        """Return a shard's summed cross-entropy and its share of the whole loss."""
        dropped = embeddings
        if draws is not None:
            dropped = self._regularizer.dropped(embeddings, draws)
        logits = self.network(dropped, training=True)
        entropy = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))
        penalty = tf.add_n([tf.zeros(()), *self.network.losses])
        # A shard of a short batch may be empty: its mean penalty is NaN, and it adds nothing.
        size = tf.cast(tf.shape(labels)[0], tf.float32)
        loss = entropy + tf.math.multiply_no_nan(penalty, size)
        if self._regularizer.l2:
            loss += self._regularizer.penalty(embeddings)
        return entropy, loss


def _add_up(by_embedding: Any, order: Any, segments: Any, bounds: Any) -> Any:
    """Add up the gradients ``(B, fields, width)`` of each distinct row: ``(m, width)``.

    The other arguments are those of ``Batch``. Its parts are operations side by side.
    """
    occurrences = tf.reshape(by_embedding, (-1, by_embedding.shape[-1]))
    sums = []
    for part in range(PARTS):
        start, end = bounds[0, part], bounds[0, part + 1]
        gathered = tf.gather(occurrences, order[start:end])
        sums.append(tf.math.segment_sum(gathered, segments[start:end] - bounds[1, part]))
    return tf.concat(sums, 0)
