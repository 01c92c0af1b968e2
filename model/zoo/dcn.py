"""DCN: the Deep & Cross Network."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from model.layers import CrossNetwork, Tower
from model.zoo.config import MOST_LAYERS, require_size
from model.zoo.deep_config import TowerConfig
from model.zoo.network import Network


@dataclass(frozen=True)
class DCNConfig(TowerConfig):
    """Size of a cross network and of the deep part beside it.

    Args:
        layers: number of cross layers; with none the cross network is its input.
    """

    layers: int = 3

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require_size("layers", self.layers, least=0, most=MOST_LAYERS)

    def cross(self, **common: Any) -> keras.layers.Layer:
        """Make the cross network; ``common`` are the arguments that all kinds take."""
        return CrossNetwork(self.layers, **common)


class DCN(Network):
    """A cross network and a deep one side by side (Wang et al., ADKDD 2017).

        logit = w . [cross(flat(X_0)), tower(flat(X_0))] + b

    Without a deep part the cross network's output is all that the last unit takes. The paper
    normalises batches; here that is a setting of the deep part, and off by default.

    Args:
        name, fields, config, dtype: as ``Network``.
        seed: of the kernels' initial values (Glorot uniform) and of the dropout.
    """

    def __init__(self, name: str, fields: int, config: DCNConfig, dtype: str, seed: int) -> None:
        super().__init__(name, fields, config, dtype)
        glorot = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
        common: dict[str, Any] = {"kernel_initializer": glorot, "dtype": dtype}
        self.cross = config.cross(name="cross", **common)
        self.tower = Tower(**config.tower, seed=seed, name="tower", **common)
        self.head = keras.layers.Dense(1, name="head", **common)

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create the weights of every layer."""
        inputs = embeddings_shape[1] * embeddings_shape[2]
        self.cross.build((None, inputs))
        self.tower.build((None, inputs))
        self.head.build((None, self.combined(inputs)))
        self.built = True

    def combined(self, inputs: int) -> int:
        """Return how many inputs the last unit has."""
        return inputs + (self.tower.units[-1] if self.tower.units else 0)

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        flat = ops.reshape(embeddings, (-1, embeddings.shape[1] * embeddings.shape[2]))
        return ops.squeeze(self.head(self.combine(flat, training)), 1)

    def combine(self, flat: Any, training: bool) -> Any:
        """Return what the last unit takes."""
        crossed = self.cross(flat)
        if not self.tower.units:
            return crossed
        return ops.concatenate([crossed, self.tower(flat, training=training)], axis=1)
