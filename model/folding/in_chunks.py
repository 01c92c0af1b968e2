"""Big batches in pieces that stay in the processor's cache."""

from collections.abc import Callable

import tensorflow as tf

from model.folding.factors import Tensor

CHUNK = 256
"""Rows of a piece. At 39 fields of 16 a map is then 640 kB; at 4096 rows it is 10 MB, and reading
and writing it from layer to layer costs 10 to 15% of the time."""


def in_chunks(score: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    """Score up to two chunks at once, and more of them chunk by chunk.

    Args:
        score: gives each row its value, ``(n, ...)`` to ``(n,)``, whatever the other rows are.
        rows: the batch, ``(batch, ...)``.

    Returns:
        ``score(rows)``, ``(batch,)``.
    """
    known = rows.shape[0]
    if known is not None and known <= 2 * CHUNK:
        return score(rows)
    batch = tf.shape(rows)[0]

    def one_by_one() -> Tensor:
        pieces = (batch + CHUNK - 1) // CHUNK
        results = tf.TensorArray(rows.dtype, size=pieces, infer_shape=False, element_shape=(None,))
        _, results = tf.while_loop(
            lambda place, _: place < pieces,
            lambda place, done: (
                place + 1,
                done.write(place, score(rows[place * CHUNK : (place + 1) * CHUNK])),
            ),
            (0, results),
            parallel_iterations=1,  # several at a time would drive each other out of the cache
        )
        return results.concat()

    return tf.cond(batch <= 2 * CHUNK, lambda: score(rows), one_by_one)
