"""FM: the factorization machine."""

from dataclasses import dataclass
from typing import Any

from model.layers import FactorizationMachine, first_order
from model.zoo.deep_config import EmbeddingConfig
from model.zoo.network import Network


@dataclass(frozen=True)
class FMConfig(EmbeddingConfig):
    """One weight and one vector per level."""

    @property
    def row_width(self) -> int:
        """The weight, then the ``D`` elements of the vector."""
        return self.dim + 1


class FM(Network):
    """A factorization machine of degree two (Rendle, ICDM 2010).

        logit = w_0 + sum_i w_i + sum_{i<j} <v_i, v_j>

    A row holds ``w_i`` in its first column and ``v_i`` in the others; every field has one level at
    a time, so all ``x_i`` of the paper are 1.
    """

    def __init__(self, name: str, fields: int, config: FMConfig, dtype: str, seed: int) -> None:
        super().__init__(name, fields, config, dtype)
        self.bias = self.add_weight(shape=(), initializer="zeros", name="bias")
        self.pairs = FactorizationMachine(dtype=dtype, name="pairs")

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        linear, vectors = first_order(embeddings)
        return self.bias + linear + self.pairs(vectors)
