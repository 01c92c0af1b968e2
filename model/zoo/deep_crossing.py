"""Deep Crossing: a deep network of residual units."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from model.layers import ResidualUnit
from model.zoo.config import require, require_sizes
from model.zoo.deep_config import EmbeddingConfig
from model.zoo.network import Network


@dataclass(frozen=True)
class DeepCrossingConfig(EmbeddingConfig):
    """Size of Deep Crossing.

    Args:
        residual_units: size of each unit's inner layer, one after the other.
        dropout: share of the inner layers' units that are left out of a training step.
        batch_norm: whether the inner layers have batch normalisation before the ReLU.
    """

    residual_units: tuple[int, ...] = (400, 400)
    dropout: float = 0.0
    batch_norm: bool = False

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        given = self.residual_units
        require(len(given) > 0, "residual_units", "must not be empty", list(given))
        require_sizes("residual_units", given)
        require(0 <= self.dropout < 1, "dropout", "must be from 0 to below 1", self.dropout)


class DeepCrossing(Network):
    """Residual units over the stacked embeddings (Shan et al., KDD 2016).

        logit = w . unit_L(... unit_1(flat(X_0))) + b

    The embeddings are stacked as they are. The paper has a ReLU on them: a row of zeros, which is
    what a level that was never seen or was pruned has, would get no gradient through it.

    Args:
        name, fields, config, dtype: as ``Network``.
        seed: of the kernels' initial values (Glorot uniform) and of the dropout.
    """

    def __init__(
        self, name: str, fields: int, config: DeepCrossingConfig, dtype: str, seed: int
    ) -> None:
        super().__init__(name, fields, config, dtype)
        glorot = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
        common: dict[str, Any] = {"kernel_initializer": glorot, "dtype": dtype}
        self.units = [
            ResidualUnit(
                units,
                config.dropout,
                config.batch_norm,
                seed=seed + place,
                name=f"unit_{place}",
                **common,
            )
            for place, units in enumerate(config.residual_units)
        ]
        self.head = keras.layers.Dense(1, name="head", **common)

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create the weights of every layer."""
        stacked = (None, embeddings_shape[1] * embeddings_shape[2])
        for layer in (*self.units, self.head):
            layer.build(stacked)
        self.built = True

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        x = ops.reshape(embeddings, (-1, embeddings.shape[1] * embeddings.shape[2]))
        for unit in self.units:
            x = unit(x, training=training)
        return ops.squeeze(self.head(x), 1)
