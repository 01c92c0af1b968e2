"""DeepFM: a factorization machine beside a deep network, on the same embeddings."""

from dataclasses import dataclass
from typing import Any

import keras

from model.layers import DeepPart, FactorizationMachine, first_order
from model.zoo.first_order_config import FirstOrderConfig
from model.zoo.network import Network


@dataclass(frozen=True)
class DeepFMConfig(FirstOrderConfig):
    """DeepFM (Guo et al., IJCAI 2017); without ``hidden_units`` it is a factorization machine."""


class DeepFM(Network):
    """Add up a factorization machine and a tower (Guo et al., IJCAI 2017, eq. 1 and 2).

        logit = sum_i w_i + sum_{i<j} <v_i, v_j> + w . tower(flat(v)) + b

    Args:
        name, fields, config, dtype: as ``Network``.
        seed: of the kernels' initial values (Glorot uniform) and of the dropout.
    """

    def __init__(self, name: str, fields: int, config: DeepFMConfig, dtype: str, seed: int) -> None:
        super().__init__(name, fields, config, dtype)
        glorot = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
        self.pairs = FactorizationMachine(dtype=dtype, name="pairs")
        self.deep = None
        if config.hidden_units:
            self.deep = DeepPart(
                **config.tower,
                kernel_initializer=glorot,
                seed=seed,
                dtype=dtype,
                name="deep",
            )
        self.bias = self.add_weight(shape=(), initializer="zeros", name="bias")

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        logit, vectors = first_order(embeddings)
        logit = logit + self.pairs(vectors) + self.bias
        if self.deep is not None:
            logit = logit + self.deep(vectors, training=training)
        return logit
