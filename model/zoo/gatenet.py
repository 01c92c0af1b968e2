"""GateNet: gates on the embeddings and in the deep part."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from model.layers import EmbeddingGate, HiddenGate, Tower
from model.layers.embedding_gate import EMBEDDING_GATES
from model.zoo.config import require
from model.zoo.deep_config import TowerConfig
from model.zoo.network import Network

GATES = (*EMBEDDING_GATES, "none")


@dataclass(frozen=True)
class GateNetConfig(TowerConfig):
    """Size of a GateNet over a DNN. Without any gate it is the DNN.

    Args:
        embedding_gate: ``"vector"`` for one gate per field, ``"bit"`` for one per element of the
            embeddings, or ``"none"``.
        field_sharing: whether all fields' embedding gates have the same weights.
        hidden_gate: whether each layer of the deep part is gated.
    """

    embedding_gate: str = "vector"
    field_sharing: bool = False
    hidden_gate: bool = True

    def __post_init__(self) -> None:
        """Check the sizes."""
        super().__post_init__()
        require(
            len(self.hidden_units) > 0, "hidden_units", "must not be empty", list(self.hidden_units)
        )
        require(
            self.embedding_gate in GATES,
            "embedding_gate",
            f"must be one of {GATES}",
            self.embedding_gate,
        )


class GateNet(Network):
    """A DNN with gates (Huang et al., "GateNet", arXiv 2007.03519, 2020).

        h_0 = flat(embedding_gate(X_0))
        h_l = hidden_gate_l(tower_l(h_{l-1}))
        logit = w . h_L + b

    The gates are as ``EmbeddingGate`` and ``HiddenGate`` have them, both with a sigmoid.

    Args:
        name, fields, config, dtype: as ``Network``.
        seed: of the kernels' initial values (Glorot uniform) and of the dropout.
    """

    def __init__(
        self, name: str, fields: int, config: GateNetConfig, dtype: str, seed: int
    ) -> None:
        super().__init__(name, fields, config, dtype)
        glorot = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
        common: dict[str, Any] = {"kernel_initializer": glorot, "dtype": dtype}
        self.embedding_gate = None
        if config.embedding_gate != "none":
            self.embedding_gate = EmbeddingGate(
                config.embedding_gate, config.field_sharing, name="embedding_gate", **common
            )
        self.tower = [
            Tower(
                (units,),
                config.dropout,
                config.batch_norm,
                seed=seed + place,
                name=f"dense_{place}",
                **common,
            )
            for place, units in enumerate(config.hidden_units)
        ]
        self.hidden_gates = [
            HiddenGate(name=f"hidden_gate_{place}", **common)
            for place in range(len(self.tower) if config.hidden_gate else 0)
        ]
        self.head = keras.layers.Dense(1, name="head", **common)

    def build(self, embeddings_shape: tuple[int | None, int, int]) -> None:
        """Create the weights of every layer."""
        if self.embedding_gate is not None:
            self.embedding_gate.build(embeddings_shape)
        width = embeddings_shape[1] * embeddings_shape[2]
        for place, layer in enumerate(self.tower):
            layer.build((None, width))
            width = layer.units[-1]
            if self.hidden_gates:
                self.hidden_gates[place].build((None, width))
        self.head.build((None, width))
        self.built = True

    def call(self, embeddings: Any, training: bool = False) -> Any:
        """Score one batch."""
        if self.embedding_gate is not None:
            embeddings = self.embedding_gate(embeddings)
        h = ops.reshape(embeddings, (-1, embeddings.shape[1] * embeddings.shape[2]))
        for place, layer in enumerate(self.tower):
            h = layer(h, training=training)
            if self.hidden_gates:
                h = self.hidden_gates[place](h)
        return ops.squeeze(self.head(h), 1)
