"""Wide & Deep: first-order weights beside the deep network."""

from dataclasses import dataclass
from typing import Any

from model.layers import first_order
from model.zoo.dnn import DNN, DNNConfig


@dataclass(frozen=True)
class WideDeepConfig(DNNConfig):
    """The DNN's sizes; and one weight per level."""

    @property
    def row_width(self) -> int:
        """The weight, then the ``D`` elements of the embedding."""
        return self.dim + 1


class WideDeep(DNN):
    """A linear model and a deep one, trained as one (Cheng et al., DLRS 2016).

        logit = sum_f w_f + w . tower(flat(X_0)) + b

    A row holds ``w_f`` in its first column and the embedding in the others. The paper's wide part
    also has products of features chosen by hand: prepare them as fields of their own.

    Args:
        name, fields, config, dtype, seed: as ``DNN``.
    """

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create the weights of every layer of the deep part."""
        _, fields, row_width = embeddings_shape
        super().build((None, fields, row_width - 1))

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        wide, vectors = first_order(embeddings)
        return wide + super().call(vectors, training=training)
