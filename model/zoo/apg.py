"""APG: a deep network whose parameters are generated for each instance."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from model.layers import GeneratedDense
from model.zoo.config import require, require_size, require_sizes
from model.zoo.deep_config import DeepConfig
from model.zoo.network import Network

CONDITIONS = ("embeddings", "inputs")
"""What a layer's parameters are generated from, both of them "self-wise"."""

MOST_RANK = 256
"""Its square is the size of a layer."""


@dataclass(frozen=True)
class APGConfig(DeepConfig):
    """Size of an APG network (NeurIPS 2022).

    Args:
        rank: ``K``: a layer's generated matrix is ``(K, K)``.
        over_rank: ``P`` of the over-parameterised shared matrices; 0 leaves it out.
        generator_units: hidden layers of each layer's generator.
        condition: whether each layer's matrix is generated from the ``"embeddings"``, or from the
            layer's own ``"inputs"``.
    """

    rank: int = 16
    over_rank: int = 0
    generator_units: tuple[int, ...] = (64,)
    condition: str = "embeddings"

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require(
            len(self.hidden_units) > 0, "hidden_units", "must not be empty", list(self.hidden_units)
        )
        require_size("rank", self.rank, most=MOST_RANK)
        require_size("over_rank", self.over_rank, least=0)
        require(
            self.over_rank == 0 or self.over_rank >= self.rank,
            "over_rank",
            f"must be 0 or at least rank ({self.rank})",
            self.over_rank,
        )
        require_sizes("generator_units", self.generator_units)
        require(
            self.condition in CONDITIONS,
            "condition",
            f"must be one of {CONDITIONS}",
            self.condition,
        )


class APG(Network):
    """A multi-layer perceptron of generated layers (Yan et al., NeurIPS 2022).

        h_0 = flat(X_0);  h_l = dropout(relu(U_l (S_l(z) (V_l h_{l-1})) + b_l))
        logit = w . h_L + b
        z = h_0, or h_{l-1} on the condition "inputs"

    With the paper's low rank, decomposed feed-forwarding and parameter sharing, as
    ``GeneratedDense`` has them. The last layer, of one unit, is an ordinary one.

    Args:
        name, fields, config, dtype: as ``Network``.
        seed: of the kernels' initial values (Glorot uniform) and of the dropout.
    """

    def __init__(self, name: str, fields: int, config: APGConfig, dtype: str, seed: int) -> None:
        super().__init__(name, fields, config, dtype)
        glorot = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
        common: dict[str, Any] = {"kernel_initializer": glorot, "dtype": dtype}
        self.from_inputs = config.condition == "inputs"
        self.generated = [
            GeneratedDense(
                units,
                config.rank,
                config.over_rank,
                config.generator_units,
                name=f"dense_{place}",
                **common,
            )
            for place, units in enumerate(config.hidden_units)
        ]
        self.dropouts = [
            keras.layers.Dropout(config.dropout, seed=seed + place, dtype=dtype)
            for place in range(len(self.generated))
        ]
        self.head = keras.layers.Dense(1, name="head", **common)

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create the weights of every layer."""
        h_shape = flat_shape = (None, embeddings_shape[1] * embeddings_shape[2])
        for layer, dropout in zip(self.generated, self.dropouts, strict=True):
            layer.build(h_shape, h_shape if self.from_inputs else flat_shape)
            h_shape = (None, layer.units)
            dropout.build(h_shape)
        self.head.build(h_shape)
        self.built = True

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        h = flat = ops.reshape(embeddings, (-1, embeddings.shape[1] * embeddings.shape[2]))
        for layer, dropout in zip(self.generated, self.dropouts, strict=True):
            h = dropout(layer(h, h if self.from_inputs else flat), training=training)
        return ops.squeeze(self.head(h), 1)
