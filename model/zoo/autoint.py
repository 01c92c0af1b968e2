"""AutoInt: interactions by self-attention between the fields."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from model.layers import DeepPart, InteractingLayer, first_order
from model.zoo.config import MOST_LAYERS, require_size
from model.zoo.deep_config import TowerConfig
from model.zoo.network import Network


@dataclass(frozen=True)
class AutoIntConfig(TowerConfig):
    """AutoInt (Song et al., CIKM 2019), and AutoInt+ with ``hidden_units``.

    Args:
        attention_units: size of a head.
        heads: number of heads of each layer.
        layers: number of interacting layers; with none the interactions are the embeddings.
        linear: whether there is a first-order part, which the paper has none of.
    """

    hidden_units: tuple[int, ...] = ()
    attention_units: int = 32
    heads: int = 2
    layers: int = 3
    linear: bool = False

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require_size("attention_units", self.attention_units)
        require_size("heads", self.heads)
        require_size("layers", self.layers, least=0, most=MOST_LAYERS)

    @property
    def row_width(self) -> int:
        """``D``, and a weight before it where there is a first-order part."""
        return self.dim + self.linear


class AutoInt(Network):
    """Combine what the interacting layers made of all fields (Song et al., CIKM 2019).

        logit = w_e . flat(e_L) + b,  e_l = interacting_l(e_{l-1}),  e_0 = v
        and where they are asked for  sum_f w_f  and  w . tower(flat(v))

    Args:
        name, fields, config, dtype: as ``Network``.
        seed: of the kernels' initial values (Glorot uniform) and of the dropout.
    """

    def __init__(
        self, name: str, fields: int, config: AutoIntConfig, dtype: str, seed: int
    ) -> None:
        super().__init__(name, fields, config, dtype)
        glorot = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
        common: dict[str, Any] = {"kernel_initializer": glorot, "dtype": dtype}
        self.linear = config.linear
        self.attention = [
            InteractingLayer(
                config.attention_units, config.heads, name=f"attention_{index}", **common
            )
            for index in range(config.layers)
        ]
        self.head = keras.layers.Dense(1, name="head", **common)
        self.deep = None
        if config.hidden_units:
            self.deep = DeepPart(**config.tower, seed=seed, name="deep", **common)

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        vectors, logit = embeddings, 0.0
        if self.linear:
            logit, vectors = first_order(embeddings)
        x = vectors
        for layer in self.attention:
            x = layer(x)
        flat = ops.reshape(x, (-1, x.shape[1] * x.shape[2]))
        logit = logit + ops.squeeze(self.head(flat), 1)
        if self.deep is not None:
            logit = logit + self.deep(vectors, training=training)
        return logit
