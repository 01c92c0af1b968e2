"""A network that is served as it was trained."""

from typing import Any

import tensorflow as tf

from model.folding.factors import Tensor


class IdentityFold(tf.Module):
    """A network that has no folding rule, behind the interface of a folded one.

    Only its variables are tracked: the layers, their training state and penalties stay behind.
    """

    def __init__(self, network: Any) -> None:
        super().__init__(name="network")
        self.fields, self.row_width = network.fields, network.row_width
        self._weights = [variable.value for variable in network.variables]
        self._network = [_Untracked(network)]

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Score one batch: ``(batch, fields, row_width)`` to ``(batch,)``."""
        return self._network[0].network(embeddings, training=False)


class _Untracked:
    def __init__(self, network: Any) -> None:
        self.network = network
