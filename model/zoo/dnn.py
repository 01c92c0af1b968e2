"""DNN: the plain deep network."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from model.layers import Tower
from model.zoo.config import require
from model.zoo.deep_config import TowerConfig
from model.zoo.network import Network


@dataclass(frozen=True)
class DNNConfig(TowerConfig):
    """The embeddings side by side, dense layers, one unit."""

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require(
            len(self.hidden_units) > 0, "hidden_units", "must not be empty", list(self.hidden_units)
        )


class DNN(Network):
    """A multi-layer perceptron over the embeddings (Covington et al., RecSys 2016).

        logit = w . tower(flat(X_0)) + b

    Args:
        name, fields, config, dtype: as ``Network``.
        seed: of the kernels' initial values (Glorot uniform) and of the dropout.
    """

    def __init__(self, name: str, fields: int, config: DNNConfig, dtype: str, seed: int) -> None:
        super().__init__(name, fields, config, dtype)
        glorot = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
        common: dict[str, Any] = {"kernel_initializer": glorot, "dtype": dtype}
        self.tower = Tower(**config.tower, seed=seed, name="tower", **common)
        self.head = keras.layers.Dense(1, name="head", **common)

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create the weights of every layer."""
        self.tower.build((None, embeddings_shape[1] * embeddings_shape[2]))
        self.head.build((None, self.tower.units[-1]))
        self.built = True

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        flat = ops.reshape(embeddings, (-1, embeddings.shape[1] * embeddings.shape[2]))
        return ops.squeeze(self.head(self.tower(flat, training=training)), 1)
