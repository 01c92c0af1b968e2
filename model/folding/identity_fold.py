"""A network that is served as it was trained."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from model.errors import InvalidInputError
from model.folding.factors import Tensor
from model.folding.sides import Sides


class IdentityFold(tf.Module):
    """A network that has no folding rule, behind the interface of a folded one.

    Only its variables are tracked: the layers, their training state and penalties stay behind.

    Args:
        network: of the zoo.
        sides: each field's side; needed for ``rank``.
    """

    def __init__(self, network: Any, sides: Sequence[str] | None = None) -> None:
        super().__init__(name="network")
        split = None if sides is None else Sides.of(sides)
        self._sides = split if split is not None and split.both else None
        self.fields, self.row_width = network.fields, network.row_width
        self._weights = [variable.value for variable in network.variables]
        self._network = [_Untracked(network)]

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Score one batch: ``(batch, fields, row_width)`` to ``(batch,)``."""
        return self._network[0].network(embeddings, training=False)

    def in_one_piece(self, embeddings: Tensor) -> Tensor:
        """Score as ``__call__`` does."""
        return self(embeddings)

    def rank(self, context: Tensor, candidates: Tensor) -> Tensor:
        """Score candidates in one context: whole rows are put together.

        Args:
            context: ``(1, context fields, row_width)``.
            candidates: ``(batch, candidate fields, row_width)``.
        """
        if self._sides is None:
            raise InvalidInputError("sides: both must have fields to rank; received one")
        shape = tf.concat([tf.shape(candidates)[:1], tf.shape(context)[1:]], axis=0)
        parts = [tf.broadcast_to(context, shape), candidates]
        both = tf.concat(parts if self._sides.context_first else parts[::-1], axis=1)
        if not self._sides.in_order:
            both = tf.gather(both, np.argsort(self._sides.order).tolist(), axis=1)
        return self(both)


class _Untracked:
    def __init__(self, network: Any) -> None:
        self.network = network
