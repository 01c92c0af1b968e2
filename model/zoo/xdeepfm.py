"""xDeepFM: a compressed interaction network beside a deep network."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from model.layers import CompressedInteractionNetwork, DeepPart, first_order
from model.zoo.config import require, require_sizes
from model.zoo.first_order_config import FirstOrderConfig
from model.zoo.network import Network


@dataclass(frozen=True)
class XDeepFMConfig(FirstOrderConfig):
    """xDeepFM (Lian et al., KDD 2018).

    Args:
        cin_units: feature maps of each layer of the interaction network.
        split_half: whether half of a layer's maps go on and half to the output.
        activation: of the maps, ``"linear"`` or ``"relu"``.
    """

    cin_units: tuple[int, ...] = (64, 64)
    split_half: bool = False
    activation: str = "linear"

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require_sizes("cin_units", self.cin_units)
        units = list(self.cin_units)
        require(len(units) > 0, "cin_units", "must not be empty", units)
        require(
            not self.split_half or all(each % 2 == 0 for each in units[:-1]),
            "cin_units",
            "must be even but for the last, to be split",
            units,
        )


class XDeepFM(Network):
    """Add up first order, explicit interactions and a tower (Lian et al., KDD 2018).

        logit = sum_f w_f + w_cin . CIN(v) + w . tower(flat(v)) + b

    Args:
        name, fields, config, dtype: as ``Network``.
        seed: of the kernels' initial values (Glorot uniform) and of the dropout.
    """

    def __init__(
        self, name: str, fields: int, config: XDeepFMConfig, dtype: str, seed: int
    ) -> None:
        super().__init__(name, fields, config, dtype)
        glorot = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
        common: dict[str, Any] = {"kernel_initializer": glorot, "dtype": dtype}
        self.cin = CompressedInteractionNetwork(
            config.cin_units, config.split_half, config.activation, name="cin", **common
        )
        self.head = keras.layers.Dense(1, name="head", **common)
        self.deep = None
        if config.hidden_units:
            self.deep = DeepPart(**config.tower, seed=seed, name="deep", **common)

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        logit, vectors = first_order(embeddings)
        logit = logit + ops.squeeze(self.head(self.cin(vectors)), 1)
        if self.deep is not None:
            logit = logit + self.deep(vectors, training=training)
        return logit
